import type { Identifier, Program } from 'acorn';
import { rewriteAwait } from './awaits.ts';
import type { Edits } from './edits.ts';
import type { ImportEntry, ModuleNames, ModuleTransform } from './module_types.ts';
import { visitReferences, type ReferenceUse } from './references.ts';
import { forEachChild, isFunction, type Tree } from './syntax.ts';

type BodyFacts = Pick<ModuleTransform, 'hasTopLevelAwait' | 'asyncGenerator' | 'awaitAt'>;

/** Rewrites imported names, `import.meta`, `import()` and top-level awaits of a module's body. */
export function rewriteModuleBody(
  tree: Program,
  code: string,
  imported: ReadonlyMap<string, ImportEntry>,
  names: ModuleNames,
  edits: Edits,
  sourcePhase: ReadonlySet<number>,
): BodyFacts {
  const awaitAt = firstAwaitingStatement(tree);
  const asyncGenerator = awaitAt !== undefined;
  let hasTopLevelAwait = asyncGenerator;
  const statementStarts = new Set<number>();
  const hidesArguments = code.includes('arguments');

  visitReferences(tree, {
    names: new Set(imported.keys()),
    reference(node, use) {
      rewriteReference(node, use);
    },
    enter(node, inFunction) {
      // A function's body is no node of its own to the visitor.
      if (isFunction(node) && node.body.type === 'BlockStatement') node.body.body.forEach(noteStart);
      switch (node.type) {
        case 'Program':
        case 'BlockStatement':
        case 'StaticBlock':
          for (const statement of node.body) noteStart(statement);
          return;
        case 'SwitchCase':
          for (const statement of node.consequent) noteStart(statement);
          return;
        case 'MetaProperty':
          if (node.meta.name === 'import') edits.replace(node.start, node.end, `${names.host}.meta`);
          return;
        case 'ImportExpression': {
          const source = sourcePhase.has(node.start);
          const keyword = source
            ? (/^import\s*\.\s*source/.exec(code.slice(node.start))?.[0] ?? '')
            : 'import';
          edits.replace(
            node.start,
            node.start + keyword.length,
            `${names.host}.${source ? 'source' : 'import'}`,
          );
          return;
        }
        case 'AwaitExpression':
          return inFunction ? undefined : rewriteTopLevelAwait(node);
      }
    },
  });
  if (hidesArguments) hideArguments(tree);
  return { hasTopLevelAwait, asyncGenerator, awaitAt: awaitAt ?? 0 };

  function noteStart(statement: Tree): void {
    if (statement.type === 'ExpressionStatement') statementStarts.add(statement.start);
  }

  function rewriteReference(node: Identifier, use: ReferenceUse): void {
    const replacement = `${names.imports}.${node.name}`;
    if (use === 'shorthand') edits.replace(node.start, node.end, `${node.name}:${replacement}`);
    else if (use === 'plain') edits.replace(node.start, node.end, replacement);
    else {
      // A call must not pass the imports object as `this`. The parenthesis must not continue the line before.
      const guard = statementStarts.has(node.start) ? ';' : '';
      // V8 places a call of something parenthesized at its arguments: with them in the edit, it is where the name begins.
      const open = code[node.end] === '(' ? '(' : '';
      edits.replace(node.start, node.end + open.length, `${guard}(0,${replacement})${open}`);
    }
  }

  function rewriteTopLevelAwait(node: Extract<Tree, { type: 'AwaitExpression' }>): () => void {
    hasTopLevelAwait = true;
    if (asyncGenerator) return rewriteAwait(node, names.awaits, edits).after;
    edits.replace(
      node.start,
      node.start + 'await'.length,
      `${names.host}.a(yield ${names.host}.w(${node.start},`,
    );
    return () => edits.insert(node.end, '))', node.start);
  }

  /** A module has no `arguments`; the generator function around it has. */
  function hideArguments(node: Tree): void {
    if (node.type === 'Identifier' && node.name === 'arguments') {
      return edits.replace(node.start, node.end, names.noArguments);
    }
    if (isFunction(node) && node.type !== 'ArrowFunctionExpression') return;
    if (node.type === 'MemberExpression' && !node.computed) return hideArguments(node.object);
    if (node.type === 'Property' || node.type === 'PropertyDefinition' || node.type === 'MethodDefinition') {
      if (node.computed) hideArguments(node.key);
      if (node.value && !(node.type === 'Property' && node.shorthand)) hideArguments(node.value);
      return;
    }
    forEachChild(node, hideArguments);
  }
}

/** Where the first top-level `for await` or `await using` is, which a plain generator cannot express by `yield`. */
function firstAwaitingStatement(root: Tree): number | undefined {
  let found: number | undefined;
  const look = (node: Tree): void => {
    if (found !== undefined || isFunction(node) || node.type === 'ClassBody') return;
    if (node.type === 'ForOfStatement' && node.await) found = node.start;
    if (node.type === 'VariableDeclaration' && node.kind === 'await using') found = node.start;
    forEachChild(node, look);
  };
  look(root);
  return found;
}
