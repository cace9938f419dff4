import { rewriteAwaits } from './awaits.ts';
import { Edits, type ColumnMap } from './edits.ts';
import { rewriteEvals } from './evals.ts';
import { mayAwait, mayEvaluate, mayImportDynamically } from './scan.ts';
import { forEachChild, parse, unusedName, type Tree } from './syntax.ts';

/** What a script (CommonJS, vm, eval) needs around it after the rewriting. */
export interface ScriptTransform {
  readonly code: string;
  readonly columns: ColumnMap;
  /** Names that the wrapper must bind; absent when the code does not use them. */
  readonly importName?: string;
  readonly awaitName?: string;
  readonly evalName?: string;
}

/** Names of the helpers: not taken in the code, nor by what surrounds it. */
export interface HelperNames {
  readonly importName: string;
  readonly awaitName: string;
  readonly evalName: string;
}

/** The text of a direct `eval` within code that has these helpers. Anything that is not text stays. */
export function transformEvaluated(text: unknown, names: HelperNames): unknown {
  if (typeof text !== 'string' || Object.values(names).some((name) => text.includes(name))) return text;
  // As CommonJS, where `return` and `new.target` may stand: what does not belong into an eval, V8 refuses.
  return transformScript(text, 'commonjs', names).code;
}

/**
 * Rewrites `import(…)` into a call of the host's import, awaits (awaits.ts) and direct evals (evals.ts). Code that does not
 * parse is returned as it is: compiling it will throw V8's own error. `names`: of helpers that are there already.
 */
export function transformScript(
  code: string,
  kind: 'commonjs' | 'script',
  names: HelperNames = unusedNames(code),
): ScriptTransform {
  const imports = mayImportDynamically(code);
  const awaits = mayAwait(code);
  const evals = mayEvaluate(code);
  if (!imports && !awaits && !evals) return { code, columns: [] };
  let tree: Tree;
  try {
    tree = parse(code, kind);
  } catch {
    return { code, columns: [] };
  }
  const edits = new Edits();
  const { importName, awaitName, evalName } = names;
  const importing = imports && rewriteDynamicImports(tree, importName, edits);
  if (awaits) rewriteAwaits(tree, { support: awaitName, record: unusedName(code, '__frame$') }, edits);
  // After the awaits, whose edits end within an argument of eval.
  const evaluating = evals && rewriteEvals(tree, evalName, edits);
  if (edits.empty) return { code, columns: [] };
  return {
    ...edits.apply(code),
    ...((importing || evaluating) && { importName }),
    ...((awaits || evaluating) && { awaitName }),
    ...(evaluating && { evalName }),
  };
}

function unusedNames(code: string): HelperNames {
  return {
    importName: unusedName(code, '__import$'),
    awaitName: unusedName(code, '__await$'),
    evalName: unusedName(code, '__eval$'),
  };
}

function rewriteDynamicImports(root: Tree, name: string, edits: Edits): boolean {
  let found = false;
  const walk = (node: Tree): void => {
    if (node.type === 'ImportExpression') {
      edits.replace(node.start, node.start + 'import'.length, name);
      found = true;
    }
    forEachChild(node, walk);
  };
  walk(root);
  return found;
}
