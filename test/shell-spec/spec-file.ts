/** The format of the Oils project's `spec/*.test.sh`: cases of shell code with what shells print for them. */
export interface SpecCase {
  /** `file: description`, unique. */
  readonly name: string;
  readonly code: string;
}

const CASE = /^#### (.*)$/;
/** A line of expectations; they end the code of a case. */
const EXPECTATION = /^## /;
const SHELLS = /^## compare_shells: (.*)$/m;

/** The cases of a file that bash is asked for, and that it has the feature for. */
export function parseSpecFile(file: string, text: string): SpecCase[] {
  const shells = SHELLS.exec(text)?.[1]?.split(/\s+/) ?? [];
  if (!shells.some((shell) => shell.startsWith('bash'))) return [];
  const cases: SpecCase[] = [];
  const names = new Set<string>();
  for (const section of text.split(/^(?=#### )/m)) {
    const [title = '', ...lines] = section.split('\n');
    const description = CASE.exec(title)?.[1];
    if (description === undefined || lines.some((line) => /^## N-I (?:\S+\/)*bash/.test(line))) continue;
    const end = lines.findIndex((line) => EXPECTATION.test(line) && !line.startsWith('## code:'));
    const inline = lines.find((line) => line.startsWith('## code:'))?.slice('## code:'.length);
    let name = `${file}: ${description}`;
    while (names.has(name)) name += "'";
    names.add(name);
    cases.push({ name, code: inline ?? `${lines.slice(0, end < 0 ? lines.length : end).join('\n')}\n` });
  }
  return cases;
}
