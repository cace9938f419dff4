import { closeInput, openInput, lines } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { Output } from '../program/output.ts';
import { check } from '../files/per-file.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  count: { short: 'c', long: 'count' },
  repeated: { short: 'd', long: 'repeated' },
  allRepeated: { short: 'D' },
  skipFields: { short: 'f', long: 'skip-fields', value: 'required' },
  ignoreCase: { short: 'i', long: 'ignore-case' },
  skipChars: { short: 's', long: 'skip-chars', value: 'required' },
  unique: { short: 'u', long: 'unique' },
  width: { short: 'w', long: 'check-chars', value: 'required' },
  zero: { short: 'z', long: 'zero-terminated' },
} as const;

const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, SPECS);
  const [input = '-', target, extra] = operands;
  if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
  const { files } = context.system;
  const number = (name: 'skipFields' | 'skipChars' | 'width', otherwise: number): number => {
    const text = value(name);
    return text === undefined ? otherwise : parseCount(text, 'number');
  };
  const fields = number('skipFields', 0);
  const characters = number('skipChars', 0);
  const width = number('width', Infinity);
  const key = (line: string): string => {
    const rest = line.replace(new RegExp(`^(?:[ \\t]*[^ \\t]*){0,${fields}}`), '');
    const compared = [...rest]
      .slice(characters, width === Infinity ? undefined : characters + width)
      .join('');
    return has('ignoreCase') ? compared.toLowerCase() : compared;
  };
  const out =
    target === undefined
      ? context.stdout
      : new Output(context.system, check(files.open(target, CREATE_TRUNCATE, 0o666), target));
  const separator = has('zero') ? '\0' : '\n';
  const emit = (group: readonly string[]): void => {
    const [first] = group;
    if (first === undefined || (has('repeated') && group.length < 2) || (has('unique') && group.length > 1))
      return;
    if (has('allRepeated')) {
      if (group.length > 1) for (const line of group) out.write(line + separator);
      return;
    }
    out.write((has('count') ? `${String(group.length).padStart(7)} ` : '') + first + separator);
  };
  const fd = openInput(files, input);
  let group: string[] = [];
  let current: string | undefined;
  for (const line of lines(files, fd, input, has('zero') ? 0 : 10)) {
    const compared = key(line);
    if (compared !== current) {
      emit(group);
      group = [];
      current = compared;
    }
    group.push(line);
  }
  emit(group);
  closeInput(files, fd);
  out.flush();
  return 0;
}

export const uniq: Program = {
  name: 'uniq',
  usage: 'uniq [OPTION]... [INPUT [OUTPUT]]',
  help: `Print adjacent equal lines once.

  -c, --count             before each line how often it came
  -d, --repeated          only lines that repeat, once each
  -D                      every line that repeats
  -f, --skip-fields=N     do not compare the first N fields
  -i, --ignore-case       compare without case
  -s, --skip-chars=N      do not compare the first N characters
  -u, --unique            only lines that do not repeat
  -w, --check-chars=N     compare at most N characters
  -z, --zero-terminated   records end in NUL`,
  usageStatus: 1,
  main,
};
