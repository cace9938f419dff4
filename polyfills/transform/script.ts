import { rewriteAwaits } from './awaits.ts';
import { Edits, type ColumnMap } from './edits.ts';
import { mayAwait, mayImportDynamically } from './scan.ts';
import { forEachChild, parse, unusedName, type Tree } from './syntax.ts';

/** What a script (CommonJS, vm, eval) needs around it after the rewriting. */
export interface ScriptTransform {
  readonly code: string;
  readonly columns: ColumnMap;
  /** Names that the wrapper must bind; absent when the code does not use them. */
  readonly importName?: string;
  readonly awaitName?: string;
}

/**
 * Rewrites `import(…)` into a call of the host's import, and awaits (awaits.ts). Code that does not parse is returned as
 * it is: compiling it will throw V8's own error.
 */
export function transformScript(code: string, kind: 'commonjs' | 'script'): ScriptTransform {
  const imports = mayImportDynamically(code);
  const awaits = mayAwait(code);
  if (!imports && !awaits) return { code, columns: [] };
  let tree: Tree;
  try {
    tree = parse(code, kind);
  } catch {
    return { code, columns: [] };
  }
  const edits = new Edits();
  let importName: string | undefined;
  let awaitName: string | undefined;
  if (imports) {
    const name = unusedName(code, '__import$');
    if (rewriteDynamicImports(tree, name, edits)) importName = name;
  }
  if (awaits) {
    const name = unusedName(code, '__await$');
    rewriteAwaits(tree, { support: name, record: unusedName(code, '__frame$') }, edits);
    awaitName = name;
  }
  if (edits.empty) return { code, columns: [] };
  return {
    ...edits.apply(code),
    ...(importName !== undefined && { importName }),
    ...(awaitName !== undefined && { awaitName }),
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
