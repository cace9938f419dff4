import type { CaseMode, Substitution } from './script.ts';

/** `s`: the text with its replacements, or undefined where nothing matched. */
export function substitute(text: string, regex: RegExp, substitution: Substitution): string | undefined {
  let result = '';
  let at = 0;
  let previousEnd = -1;
  let count = 0;
  let replaced = false;
  regex.lastIndex = 0;
  for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
    const end = match.index + match[0].length;
    // An empty match right after another match is none.
    if (match[0] !== '' || match.index !== previousEnd) {
      count++;
      if (count >= substitution.number) {
        result += text.slice(at, match.index) + expand(substitution, match);
        at = end;
        replaced = true;
        if (!substitution.global) break;
      }
    }
    previousEnd = end;
    if (match[0] === '') regex.lastIndex = match.index + (codePointLength(text, match.index) || 1);
    if (regex.lastIndex > text.length) break;
  }
  return replaced ? result + text.slice(at) : undefined;
}

function codePointLength(text: string, at: number): number {
  const code = text.codePointAt(at);
  return code === undefined ? 0 : code > 0xffff ? 2 : 1;
}

/** Replacement with its case conversions: `\U` and `\L` last until `\E`, `\u` and `\l` are for one character. */
function expand({ replacement }: Substitution, match: RegExpExecArray): string {
  let text = '';
  let lasting: CaseMode = 'E';
  let next: 'l' | 'u' | undefined;
  for (const part of replacement) {
    if (part.kind === 'case') {
      if (part.mode === 'l' || part.mode === 'u') next = part.mode;
      else lasting = part.mode;
      continue;
    }
    let piece = part.kind === 'text' ? part.text : (match[part.group] ?? '');
    if (lasting === 'U') piece = piece.toUpperCase();
    else if (lasting === 'L') piece = piece.toLowerCase();
    if (next !== undefined && piece !== '') {
      const [first = ''] = piece;
      piece = (next === 'u' ? first.toUpperCase() : first.toLowerCase()) + piece.slice(first.length);
      next = undefined;
    }
    text += piece;
  }
  return text;
}
