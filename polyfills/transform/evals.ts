import type { Edits } from './edits.ts';
import { forEachChild, type Tree } from './syntax.ts';

/**
 * What `eval(text)` evaluates sees the scope of the call, and so the helpers that the code around it has: `text` is rewritten
 * as that code was, by `E(text,E)` around the argument. (The second argument marks the end, for original_text.ts.)
 * What is evaluated by another name for `eval` is not seen.
 */
export function rewriteEvals(root: Tree, name: string, edits: Edits): boolean {
  let found = false;
  const walk = (node: Tree): void => {
    if (node.type === 'CallExpression' && !node.optional) {
      const { callee, arguments: given } = node;
      const [text] = given;
      if (callee.type === 'Identifier' && callee.name === 'eval' && text && text.type !== 'SpreadElement') {
        edits.insert(text.start, `${name}(`);
        edits.insert(text.end, `,${name})`);
        found = true;
      }
    }
    forEachChild(node, walk);
  };
  walk(root);
  return found;
}
