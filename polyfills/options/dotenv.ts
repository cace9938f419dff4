/** Files of environment variables, as node_dotenv.cc reads them (`--env-file`, util.parseEnv). */

const NEWLINE = '\n';
const QUOTES = '"\'`';

/** Reads one value, which begins at `at`; returns it and where the rest of the text begins. */
function readValue(text: string, at: number): [string, number] {
  const quote = text[at] ?? '';
  if (quote !== '' && QUOTES.includes(quote)) {
    const end = text.indexOf(quote, at + 1);
    if (end >= 0) {
      const value = text.slice(at + 1, end);
      const next = text.indexOf(NEWLINE, end);
      const expanded = quote === '"' ? value.replaceAll('\\n', NEWLINE) : value;
      return [expanded, next < 0 ? text.length : next + 1];
    }
  }
  const newline = text.indexOf(NEWLINE, at);
  const end = newline < 0 ? text.length : newline;
  let value = text.slice(at, end);
  const comment = value.indexOf('#');
  if (comment >= 0) value = value.slice(0, comment);
  return [value.trim(), newline < 0 ? text.length : newline + 1];
}

export function parseEnvironmentFile(source: string): Record<string, string> {
  const text = source.replaceAll('\r', '');
  const result: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf(NEWLINE, at);
    const lineEnd = newline < 0 ? text.length : newline;
    const equals = text.indexOf('=', at);
    const line = text.slice(at, lineEnd).trim();
    if (line === '' || line.startsWith('#') || equals < 0 || equals > lineEnd) {
      at = lineEnd + 1;
      continue;
    }
    let key = text.slice(at, equals).trim();
    if (key.startsWith('export ')) key = key.slice('export '.length).trim();
    let start = equals + 1;
    while (text[start] === ' ' || text[start] === '\t') start++;
    const [value, next] = readValue(text, start);
    if (key !== '') result[key] = value;
    at = next;
  }
  return result;
}
