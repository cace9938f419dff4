/** Unified diffs in git's form. */
import { shortestEdit } from '../../userland/diff/myers.ts';

const CONTEXT_LINES = 3;
const NO_ID = '0000000';

export interface FileVersion {
  readonly oid: string | undefined;
  readonly mode: string | undefined;
  readonly content: Uint8Array;
}
export interface FilePair {
  readonly path: string;
  /** Undefined: it is not there. */
  readonly before: FileVersion | undefined;
  readonly after: FileVersion | undefined;
}

interface Line {
  readonly text: string;
  readonly terminated: boolean;
}

function linesOf(bytes: Uint8Array): Line[] {
  const text = new TextDecoder().decode(bytes);
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return [
    ...lines.map((line) => ({ text: line, terminated: true })),
    ...(last === '' ? [] : [{ text: last, terminated: false }]),
  ];
}

const isBinary = (bytes: Uint8Array): boolean => bytes.subarray(0, 8000).includes(0);

interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
  readonly rows: string[];
}

function hunksOf(a: readonly Line[], b: readonly Line[], context: number): Hunk[] {
  const classes = new Map<string, number>();
  const classify = (lines: readonly Line[]): Int32Array =>
    Int32Array.from(lines, ({ text, terminated }) => {
      const key = `${text}${terminated ? '\n' : ''}`;
      const known = classes.get(key);
      if (known !== undefined) return known;
      classes.set(key, classes.size);
      return classes.size - 1;
    });
  const edits = shortestEdit(classify(a), classify(b));
  const groups: (typeof edits)[] = [];
  for (const edit of edits) {
    const before = groups.at(-1)?.at(-1);
    if (before && edit.from - before.to <= 2 * context) groups.at(-1)?.push(edit);
    else groups.push([edit]);
  }
  return groups.map((group) => {
    const first = group[0] ?? { from: 0, newFrom: 0, to: 0, newTo: 0 };
    const last = group.at(-1) ?? first;
    const lead = Math.min(context, first.from);
    const tail = Math.min(context, a.length - last.to);
    const rows: string[] = [];
    let at = first.from - lead;
    const push = (sign: string, line: Line | undefined): void => {
      rows.push(`${sign}${line?.text ?? ''}`);
      if (line?.terminated === false) rows.push('\\ No newline at end of file');
    };
    for (const edit of group) {
      while (at < edit.from) push(' ', a[at++]);
      for (let index = edit.from; index < edit.to; index++) push('-', a[index]);
      for (let index = edit.newFrom; index < edit.newTo; index++) push('+', b[index]);
      at = edit.to;
    }
    for (const end = last.to + tail; at < end;) push(' ', a[at++]);
    return {
      from: first.from - lead,
      to: last.to + tail,
      newFrom: first.newFrom - lead,
      newTo: last.newTo + tail,
      rows,
    };
  });
}

const range = (from: number, to: number): string => {
  const count = to - from;
  return count === 1 ? String(from + 1) : `${count === 0 ? from : from + 1},${count}`;
};

/** The line that a hunk is within, as git finds functions: one that begins with a letter, `_` or `$`. */
function enclosing(a: readonly Line[], from: number): string {
  for (let at = from - 1; at >= 0; at--) {
    const text = a[at]?.text ?? '';
    if (/^[A-Za-z_$]/.test(text)) return ` ${text.slice(0, 80).trimEnd()}`;
  }
  return '';
}

export interface PatchStyle {
  readonly color: boolean;
  readonly context?: number;
}

export function patchText(
  { path, before, after }: FilePair,
  { color, context = CONTEXT_LINES }: PatchStyle,
): string {
  const paint = (code: string, text: string): string => (color ? `\x1b[${code}m${text}\x1b[m` : text);
  const head = [`diff --git a/${path} b/${path}`];
  if (before === undefined) head.push(`new file mode ${after?.mode ?? '100644'}`);
  else if (after === undefined) head.push(`deleted file mode ${before.mode ?? '100644'}`);
  else if (before.mode !== after.mode) head.push(`old mode ${before.mode}`, `new mode ${after.mode}`);
  const [x, y] = [before?.content ?? new Uint8Array(), after?.content ?? new Uint8Array()];
  const ids = `${before?.oid?.slice(0, 7) ?? NO_ID}..${after?.oid?.slice(0, 7) ?? NO_ID}`;
  const same = before?.oid !== undefined && before.oid === after?.oid;
  if (!same)
    head.push(`index ${ids}${before && after && before.mode === after.mode ? ` ${after.mode}` : ''}`);
  const bold = (lines: readonly string[]): string => lines.map((line) => `${paint('1', line)}\n`).join('');
  if (same || (x.length === 0 && y.length === 0)) return bold(head);
  const names = [
    before === undefined ? '/dev/null' : `a/${path}`,
    after === undefined ? '/dev/null' : `b/${path}`,
  ];
  if (isBinary(x) || isBinary(y)) return `${bold(head)}Binary files ${names[0]} and ${names[1]} differ\n`;
  const [a, b] = [linesOf(x), linesOf(y)];
  let text = bold([...head, `--- ${names[0]}`, `+++ ${names[1]}`]);
  for (const hunk of hunksOf(a, b, context)) {
    text += `${paint('36', `@@ -${range(hunk.from, hunk.to)} +${range(hunk.newFrom, hunk.newTo)} @@`)}${enclosing(a, hunk.from)}\n`;
    for (const row of hunk.rows)
      text += `${row.startsWith('+') ? paint('32', row) : row.startsWith('-') ? paint('31', row) : row}\n`;
  }
  return text;
}

/** Lines added and taken away; undefined for what is no text. */
export function counts({ before, after }: FilePair): [added: number, removed: number] | undefined {
  const [x, y] = [before?.content ?? new Uint8Array(), after?.content ?? new Uint8Array()];
  if (isBinary(x) || isBinary(y)) return undefined;
  let [added, removed] = [0, 0];
  for (const { rows } of hunksOf(linesOf(x), linesOf(y), 0)) {
    added += rows.filter((row) => row.startsWith('+')).length;
    removed += rows.filter((row) => row.startsWith('-')).length;
  }
  return [added, removed];
}

const STAT_WIDTH = 80;

/** `git diff --stat`. */
export function statText(pairs: readonly FilePair[]): string {
  const rows = pairs.map((pair) => ({ pair, count: counts(pair) }));
  const nameWidth = Math.max(0, ...rows.map(({ pair }) => pair.path.length));
  const most = Math.max(0, ...rows.map(({ count }) => (count ? count[0] + count[1] : 0)));
  const numberWidth = Math.max(String(most).length, rows.some(({ count }) => !count) ? 3 : 0);
  const room = Math.max(10, STAT_WIDTH - nameWidth - numberWidth - 6);
  const scale = (value: number): number =>
    most <= room || value === 0 ? value : 1 + Math.floor((value * (room - 1)) / most);
  const lines = rows.map(({ pair, count }) => {
    const name = ` ${pair.path.padEnd(nameWidth)} |`;
    if (count === undefined)
      return `${name} ${'Bin'.padStart(numberWidth)} ${pair.before?.content.length ?? 0} -> ${pair.after?.content.length ?? 0} bytes`;
    const bar = '+'.repeat(scale(count[0])) + '-'.repeat(scale(count[1]));
    return `${name} ${String(count[0] + count[1]).padStart(numberWidth)}${bar === '' ? '' : ` ${bar}`}`;
  });
  return lines.map((line) => `${line}\n`).join('') + shortStat(pairs);
}

/** Files that came, went or changed their mode. */
export function summaryText(pairs: readonly FilePair[]): string {
  return pairs
    .map(({ path, before, after }) => {
      if (before === undefined) return ` create mode ${after?.mode} ${path}\n`;
      if (after === undefined) return ` delete mode ${before.mode} ${path}\n`;
      return before.mode === after.mode ? '' : ` mode change ${before.mode} => ${after.mode} ${path}\n`;
    })
    .join('');
}

export function shortStat(pairs: readonly FilePair[]): string {
  if (pairs.length === 0) return '';
  const all = pairs.map((pair) => counts(pair) ?? [0, 0]);
  const [added, removed] = [
    all.reduce((sum, [count]) => sum + (count ?? 0), 0),
    all.reduce((sum, [, count]) => sum + (count ?? 0), 0),
  ];
  const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
  const parts = [`${many(pairs.length, 'file')} changed`];
  if (added > 0 || removed === 0) parts.push(`${many(added, 'insertion')}(+)`);
  if (removed > 0 || added === 0) parts.push(`${many(removed, 'deletion')}(-)`);
  return ` ${parts.join(', ')}\n`;
}
