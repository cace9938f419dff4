/** Brace expansion on a word's source text: `a{b,c}d`, `{1..10..2}`, `{a..e}`. Quotes and expansions are left alone. */

/** The words that `source` stands for, in order; itself when it has no brace expansion. */
export function expandBraces(source: string): string[] {
  for (let open = nextBrace(source, 0); open >= 0; open = nextBrace(source, open + 1)) {
    const found = readBraces(source, open);
    if (found === undefined) continue;
    const before = source.slice(0, open);
    const after = expandBraces(source.slice(found.end));
    const alternatives = found.sequence ?? found.parts.flatMap(expandBraces);
    return alternatives.flatMap((alternative) => after.map((rest) => before + alternative + rest));
  }
  return [source];
}

function nextBrace(source: string, from: number): number {
  for (let i = from; i < source.length; i++) {
    if (source[i] === '{') return i;
    i = skip(source, i);
  }
  return -1;
}

/** The last index of the quotation or expansion that begins at `i`, or `i`. */
function skip(source: string, i: number): number {
  const character = source[i];
  if (character === '\\') return i + 1;
  if (character === "'") return endOr(source.indexOf("'", i + 1), source);
  if (character === '"' || character === '`') return quotationEnd(source, i, character);
  if (character === '$' && source[i + 1] === '{') return nested(source, i + 1, '{', '}');
  if (character === '$' && source[i + 1] === '(') return nested(source, i + 1, '(', ')');
  return i;
}

const endOr = (index: number, source: string): number => (index < 0 ? source.length : index);

function quotationEnd(source: string, open: number, quote: string): number {
  let i = open + 1;
  while (i < source.length && source[i] !== quote) i += source[i] === '\\' ? 2 : 1;
  return i;
}

function nested(source: string, open: number, opening: string, closing: string): number {
  let depth = 0;
  for (let i = open; i < source.length; i++) {
    const character = source[i];
    if (character === opening) depth++;
    else if (character === closing && --depth === 0) return i;
    else if (character === '\\') i++;
    else if (character === "'") i = endOr(source.indexOf("'", i + 1), source);
    else if (character === '"') i = quotationEnd(source, i, '"');
  }
  return source.length;
}

interface Braces {
  parts: string[];
  sequence: string[] | undefined;
  /** Index after the closing brace. */
  end: number;
}

function readBraces(source: string, open: number): Braces | undefined {
  const parts: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let i = open; i < source.length; i++) {
    const character = source[i];
    if (character === '{') depth++;
    else if (character === '}' && --depth === 0) {
      parts.push(source.slice(from, i));
      const sequence = parts.length === 1 ? sequenceOf(parts[0] ?? '') : undefined;
      return parts.length > 1 || sequence !== undefined ? { parts, sequence, end: i + 1 } : undefined;
    } else if (character === ',' && depth === 1) {
      parts.push(source.slice(from, i));
      from = i + 1;
    } else if (i > open) i = skip(source, i);
  }
  return undefined;
}

function sequenceOf(body: string): string[] | undefined {
  const numbers = /^([-+]?\d+)\.\.([-+]?\d+)(?:\.\.([-+]?\d+))?$/.exec(body);
  if (numbers) {
    const [, from = '', to = '', step] = numbers;
    const padded = /^[-+]?0\d/.test(from) || /^[-+]?0\d/.test(to);
    const width = padded ? Math.max(from.length, to.length) : 0;
    return range(Number(from), Number(to), Number(step ?? 1)).map((n) =>
      n < 0 ? `-${String(-n).padStart(width - 1, '0')}` : String(n).padStart(width, '0'),
    );
  }
  const letters = /^([a-zA-Z])\.\.([a-zA-Z])(?:\.\.([-+]?\d+))?$/.exec(body);
  if (!letters) return undefined;
  const [, from = '', to = '', step] = letters;
  return range(from.charCodeAt(0), to.charCodeAt(0), Number(step ?? 1)).map((code) =>
    String.fromCharCode(code),
  );
}

const SEQUENCE_MAX = 1_000_000;

function range(from: number, to: number, step: number): number[] {
  const by = Math.abs(step) || 1;
  const count = Math.min(Math.floor(Math.abs(to - from) / by) + 1, SEQUENCE_MAX);
  return Array.from({ length: count }, (_, i) => (from <= to ? from + i * by : from - i * by));
}
