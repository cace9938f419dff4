/** Whether a command line goes on in the next. */
import { parse } from 'unbash';

/** True for a command that goes on: an open quotation, a here-document, `if` without `fi`, a backslash at the end. */
export function needsMore(text: string): boolean {
  if (/(^|[^\\])(\\\\)*\\$/.test(text)) return true;
  const { errors } = parse(text);
  const [error] = errors ?? [];
  if (error === undefined) return hereDocumentOpen(text);
  return (
    error.pos >= text.trimEnd().length ||
    /unterminated|unclosed|expected .*(end|eof)|unexpected (end|eof)|missing/i.test(error.message)
  );
}

export function hereDocumentOpen(text: string): boolean {
  const open = [...text.matchAll(/<<-?\s*(['"]?)([\w-]+)\1/g)].filter(
    (match) => !text.slice(0, match.index).endsWith('<'),
  );
  return open.some(
    (match) =>
      !new RegExp(`^\\t*${match[2]}$`, 'm').test(
        text.slice(text.indexOf('\n', match.index) + 1 || text.length),
      ),
  );
}
