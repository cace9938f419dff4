import { containsWord } from './words.ts';

/**
 * Cheap looks at a source text that decide whether it must be parsed. They may say yes in vain (the word stands in a
 * string or comment), never no wrongly.
 */
const DYNAMIC_IMPORT = /\bimport\s*(?:\(|\/[*/]|\.\s*(?:source|defer)\b)/;
const DIRECT_EVAL = /\beval\b(?!['"`:,;\]}=.])/;
const ASYNC_CODE = /\basync\b/;
/** Not a quoted or listed name. */
const AWAIT = /\bawait\b(?!['"`:,;)\]}=])/;

export function mayImportDynamically(code: string): boolean {
  return code.includes('import') && DYNAMIC_IMPORT.test(code);
}

/** Only an async function (or a module) can await; escapes in keywords are not allowed, so the words stand as they are. */
export function mayAwait(code: string): boolean {
  return code.includes('await') && AWAIT.test(code) && ASYNC_CODE.test(code) && containsWord(code, 'await');
}

/** A direct `eval`, in any spelling that is one. */
export function mayEvaluate(code: string): boolean {
  return code.includes('eval') && DIRECT_EVAL.test(code) && containsWord(code, 'eval');
}

/** The value of the last `//# name=value` comment (V8's magic comments); undefined when there is none. */
export function magicComment(code: string, name: 'sourceMappingURL' | 'sourceURL'): string | undefined {
  let at = code.lastIndexOf(name + '=');
  while (at >= 0) {
    const match = /^[^\s'"]*(?=[ \t]*(?:[\r\n\u2028\u2029]|$))/.exec(
      code.slice(at + name.length + 1, lineEnd(code, at)),
    );
    if (match && /(?:\/\/|\/\*)[#@][ \t]$/.test(code.slice(Math.max(0, at - 4), at))) return match[0];
    at = at === 0 ? -1 : code.lastIndexOf(name + '=', at - 1);
  }
  return undefined;
}

function lineEnd(code: string, from: number): number {
  const at = code.indexOf('\n', from);
  return at < 0 ? code.length : at;
}

/** V8 skips a hashbang only at the start of a script; wrapped code needs it to be a comment. Same length. */
export function withoutHashbang(code: string): string {
  return code.startsWith('#!') ? '//' + code.slice(2) : code;
}
