import type { AwaitExpression, CatchClause, ForOfStatement, LabeledStatement, TryStatement } from 'acorn';
import type { Edits } from './edits.ts';
import { afterDirectives, forEachChild, isFunction, type Tree } from './syntax.ts';

/**
 * A native `await` does not tell anybody that a function goes on, so AsyncLocalStorage would lose its frame. Each
 * `await x` of user code becomes `A.r((A.t=(A.v=x)?.then)===A.T?A.f.current:A.k(),await A.v)`: the current frame, x in `A.v`,
 * which is read at once (no code runs between), and `r` puts the frame back and gives the awaited value. For a promise
 * nothing is called before the native await: at the end of the stack a call would fail where an await does not, and the
 * promise's rejection would be nobody's. `then` is read once, as by the language. A function that can go on after a *rejection*
 * (try around an await) or that has `for await` keeps an activation record (`A.n()`) with the same two methods; its
 * catch and finally blocks begin with `c()`, which restores the frame if the function was suspended.
 * The helper object is `AwaitSupport` in ../bindings/async_frames.ts.
 */
export interface AwaitNames {
  /** The helper object in scope. */
  readonly support: string;
  /** Name of an activation record, declared at the head of each function that needs one. */
  readonly record: string;
}

/** Adds the edits for one node's own await; the caller walks on into its children before calling `after`. */
export function rewriteAwait(node: AwaitExpression, helper: string, edits: Edits): { after: () => void } {
  edits.replace(node.start, node.start + 'await'.length, `${helper}.r((${helper}.t=(${helper}.v=`);
  const kept = `)?.then)===${helper}.T?${helper}.f.current:${helper}.k(),await ${helper}.v)`;
  return { after: () => edits.insert(node.end, kept, node.start) };
}

/** The same where the function keeps an activation record, which notes the suspension. */
function rewriteNotedAwait(node: AwaitExpression, record: string, edits: Edits): { after: () => void } {
  edits.replace(node.start, node.start + 'await'.length, `${record}.r(${record}.k(`);
  return { after: () => edits.insert(node.end, `),await ${record}.v)`, node.start) };
}

/** Rewrites every await below `root`. Top-level awaits (outside any function) are the caller's: they stay. */
export function rewriteAwaits(root: Tree, names: AwaitNames, edits: Edits): void {
  walk(root, undefined);

  function walk(node: Tree, helper: string | undefined): void {
    if (isFunction(node)) return walkFunction(node, helper);
    switch (node.type) {
      case 'AwaitExpression': {
        if (helper === undefined) break;
        const rewrite = helper === names.record ? rewriteNotedAwait : rewriteAwait;
        const { after } = rewrite(node, helper, edits);
        walk(node.argument, helper);
        return after();
      }
      case 'ForOfStatement':
        if (node.await && helper === names.record) return walkForAwait(node, helper);
        break;
      case 'TryStatement':
        if (helper === names.record) return walkTry(node, helper);
        break;
      case 'LabeledStatement':
        if (helper === names.record) return walkLabel(node, helper);
        break;
      case 'PropertyDefinition':
      case 'StaticBlock':
        forEachChild(node, (child) => walk(child, undefined));
        return;
    }
    forEachChild(node, (child) => walk(child, helper));
  }

  function walkFunction(node: Tree & { async?: boolean; body: Tree }, outer: string | undefined): void {
    let helper: string | undefined;
    if (node.async) {
      helper = needsRecord(node.body) ? names.record : names.support;
      if (helper === names.record && node.body.type === 'BlockStatement') {
        const at = afterDirectives(node.body.body, node.body.end - 1);
        edits.insert(at, `const ${names.record}=${names.support}.n();`);
      }
    }
    forEachChild(node, (child) => walk(child, child === node.body ? helper : outer));
  }

  /** `continue label` and `break label` may leave an inner `for await`, which suspends once more. */
  function walkLabel(node: LabeledStatement, helper: string): void {
    let target: Tree = node.body;
    while (target.type === 'LabeledStatement') target = target.body;
    edits.insert(node.start, '{');
    if (target.type === 'ForOfStatement' && target.await) walkForAwait(target, helper, true);
    else {
      const end = isLoop(target) ? restoreAtBodyOf(target, helper) : undefined;
      forEachChild(target, (child) => walk(child, helper));
      end?.();
    }
    edits.insert(node.end, `;${helper}.c();}`);
  }

  function walkForAwait(node: ForOfStatement, helper: string, labelled = false): void {
    if (!labelled) edits.insert(node.start, '{');
    walk(node.left as Tree, helper);
    edits.insert(node.right.start, `${helper}.i(`);
    walk(node.right, helper);
    edits.insert(node.right.end, ')');
    const end = restoreAtBodyOf(node, helper);
    walk(node.body, helper);
    end();
    if (!labelled) edits.insert(node.end, `${helper}.c();}`);
  }

  /** Each round of a loop begins with the frame put back. Returns what is to be called when the body was walked. */
  function restoreAtBodyOf(loop: { body: Tree }, helper: string): () => void {
    const { body } = loop;
    const block = body.type === 'BlockStatement';
    edits.insert(block ? body.start + 1 : body.start, block ? `${helper}.c();` : `{${helper}.c();`);
    return () => {
      if (!block) edits.insert(body.end, '}');
    };
  }

  function walkTry(node: TryStatement, helper: string): void {
    walk(node.block, helper);
    const handler: CatchClause | null | undefined = node.handler;
    if (handler) {
      if (handler.param) walk(handler.param as Tree, helper);
      edits.insert(handler.body.start + 1, `${helper}.c();`);
      walk(handler.body, helper);
    }
    if (node.finalizer) {
      edits.insert(node.finalizer.start + 1, `${helper}.c();`);
      walk(node.finalizer, helper);
    }
  }
}

function isLoop(node: Tree): node is Extract<Tree, { type: 'WhileStatement' | 'ForStatement' }> {
  return /^(?:While|DoWhile|For|ForIn|ForOf)Statement$/.test(node.type);
}

/** Whether a function body can go on after a rejected await, or has `for await`. Nested functions do not count. */
function needsRecord(body: Tree): boolean {
  let found = false;
  const look = (node: Tree, inTry: boolean): void => {
    if (found || isFunction(node)) return;
    if (node.type === 'ForOfStatement' && node.await) found = true;
    if (node.type === 'AwaitExpression' && inTry) found = true;
    if (node.type === 'TryStatement') {
      look(node.block, true);
      if (node.handler) look(node.handler, inTry || !!node.finalizer);
      if (node.finalizer) look(node.finalizer, inTry);
      return;
    }
    forEachChild(node, (child) => look(child, inTry));
  };
  look(body, false);
  return found;
}
