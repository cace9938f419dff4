/**
 * The text of a function as its author wrote it: programs print functions, and send them as text to where the helpers of
 * the rewriting (awaits.ts, script.ts, module_body.ts) do not exist. Each thing that the rewriting inserts has a name that
 * the source does not contain, so the text tells by itself what is to be undone. What stays are braces around loops with
 * an `await` and parentheses around what a `for await` iterates.
 */
const REWRITTEN = /__(?:await|eval|frame|imports?|module|time|this)\$/;
const UNDO: readonly (readonly [RegExp, string])[] = [
  [/const __frame\$+=__await\$+\.n\(\);/g, ''],
  [/__await\$+\.r\(\(__await\$+\.t=\(__await\$+\.v=/g, 'await'],
  [/\)\?\.then\)===__await\$+\.T\?__await\$+\.f\.current:__await\$+\.k\(\),await __await\$+\.v\)/g, ''],
  [/__frame\$+\.r\(__frame\$+\.k\(/g, 'await'],
  [/\),await __frame\$+\.v\)/g, ''],
  [/__frame\$+\.c\(\);/g, ''],
  [/__frame\$+\.i\(/g, '('],
  [/(?:\{0,)?(?:__time\$+|__module\$+\.c)\(\);/g, ''],
  [/\/\*(?:__time\$+|__module\$+\.c)\*\/\}/g, ''],
  [/__this\$+\(this\)/g, 'this'],
  [/,__eval\$+\)/g, ''],
  [/__eval\$+\(/g, ''],
  [/__import\$+(?=\s*\()/g, 'import'],
  [/__module\$+\.(import|source)(?=\s*\()/g, '$1'],
  [/__imports\$+\./g, ''],
  [/__module\$+\.meta\b/g, 'import.meta'],
];

const { apply } = Reflect;
const { replace, includes } = String.prototype;
const { test } = RegExp.prototype;

export function originalText(text: string): string {
  if (!(apply(includes, text, ['__']) as boolean) || !(apply(test, REWRITTEN, [text]) as boolean))
    return text;
  let result = text;
  for (let i = 0; i < UNDO.length; i++) {
    const [pattern, original] = UNDO[i] as [RegExp, string];
    result = apply(replace, result, [pattern, original]) as string;
  }
  return result;
}
