import type { Edits } from './edits.ts';
import { afterDirectives, forEachChild, isFunction, type Tree } from './syntax.ts';

/** Puts `check` at the head of every loop's and function's body, so that code that never ends can be ended. */
export function insertTimeChecks(node: Tree, check: string, edits: Edits): void {
  let close: number | undefined;
  if (/^(?:While|DoWhile|For|ForIn|ForOf)Statement$/.test(node.type)) {
    const { body } = node as Tree & { body: Tree };
    const block = body.type === 'BlockStatement';
    edits.insert(block ? body.start + 1 : body.start, block ? check : `{${check}`);
    if (!block) close = body.end;
  } else if (isFunction(node) && node.body.type === 'BlockStatement') {
    edits.insert(afterDirectives(node.body.body, node.body.end - 1), check);
  }
  forEachChild(node, (child) => insertTimeChecks(child, check, edits));
  if (close !== undefined) edits.insert(close, '}');
}
