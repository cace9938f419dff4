/**
 * The text of a function as it was written, from its text as it was rewritten: programs evaluate what `toString` gives
 * elsewhere (in a worker, in a page), where the helpers of the rewriting are not in scope. What awaits.ts, script.ts and
 * module_body.ts insert is recognised by the helpers' names.
 */
const REWRITTEN = /__(?:await|frame|import|imports)\$/;
const NAMES = '__(?:await|frame)\\$\\d*';

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`const __frame\\$\\d*=__await\\$\\d*\\.n\\(\\);`, 'g'), ''],
  [new RegExp(`(${NAMES})\\.r\\(\\1\\.k\\(`, 'g'), 'await'],
  [new RegExp(`\\),await ${NAMES}\\.v\\)`, 'g'), ''],
  [new RegExp(`${NAMES}\\.c\\(\\);`, 'g'), ''],
  [/\(0, ?__imports\$\d*\.([\w$]+)\)/g, '$1'],
  [/__imports\$\d*\.([\w$]+)/g, '$1'],
  [/__import\$\d*(?=\s*\()/g, 'import'],
];
const ITERATED = new RegExp(`${NAMES}\\.i\\(`);
/** The end of a block that a loop of `for await`, or a labelled statement, was put into. */
const BLOCK_END = new RegExp(`(?<=\\})\\s*;?${NAMES}\\.c\\(\\);\\}`);
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '{': '}' };

export function originalText(text: string): string {
  if (!REWRITTEN.test(text)) return text;
  let original = withoutBlocks(withoutIterationCalls(text));
  for (const [pattern, replacement] of REPLACEMENTS) original = original.replace(pattern, replacement);
  return original;
}

/** `for await (x of F.i(y))` → `for await (x of y)` */
function withoutIterationCalls(text: string): string {
  let rest = text;
  for (;;) {
    const match = ITERATED.exec(rest);
    if (match === null) return rest;
    const from = match.index + match[0].length;
    const to = pairs(rest, '(').find(([open]) => open === from - 1)?.[1];
    if (to === undefined) return rest;
    rest = rest.slice(0, match.index) + rest.slice(from, to) + rest.slice(to + 1);
  }
}

/** `{label: for await (…) {…}F.c();}` → `label: for await (…) {…}` */
function withoutBlocks(text: string): string {
  let rest = text;
  for (;;) {
    const match = BLOCK_END.exec(rest);
    if (match === null) return rest;
    const end = match.index + match[0].length;
    const open = pairs(rest, '{').find(([, close]) => close === end - 1)?.[0];
    if (open === undefined) return rest;
    rest = rest.slice(0, open) + rest.slice(open + 1, match.index) + rest.slice(end);
  }
}

/** Where brackets of a kind open and close, those in strings left out. */
function pairs(text: string, opening: '(' | '{'): [open: number, close: number][] {
  const found: [number, number][] = [];
  const stack: number[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'" || character === '`') quote = character;
    else if (character === opening) stack.push(at);
    else if (character === CLOSING[opening]) {
      const open = stack.pop();
      if (open !== undefined) found.push([open, at]);
    }
  }
  return found;
}
