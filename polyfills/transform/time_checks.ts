import type { Edits } from './edits.ts';
import { afterDirectives, forEachChild, isFunction, type Tree } from './syntax.ts';

/** Puts a call of `check` at the head of every loop's and function's body, so that code that never ends can be ended. */
export function insertTimeChecks(node: Tree, check: string, edits: Edits): void {
  let close: (() => void) | undefined;
  if (/^(?:While|DoWhile|For|ForIn|ForOf)Statement$/.test(node.type)) {
    close = checkLoop((node as Tree & { body: Tree }).body, check, edits);
  } else if (isFunction(node) && node.body.type === 'BlockStatement') {
    edits.insert(afterDirectives(node.body.body, node.body.end - 1), `${check}();`);
  }
  forEachChild(node, (child) => insertTimeChecks(child, check, edits));
  close?.();
}

/** `check` is a name that the source does not contain. → to be called behind the edits within the body */
export function checkLoop(body: Tree, check: string, edits: Edits): () => void {
  if (body.type === 'BlockStatement') {
    edits.insert(body.start + 1, `${check}();`);
    return () => undefined;
  }
  // Told from the author's own braces by original_text.ts.
  edits.insert(body.start, `{0,${check}();`);
  return () => edits.insert(body.end, `/*${check}*/}`);
}
