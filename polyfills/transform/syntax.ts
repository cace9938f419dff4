import * as acorn from 'acorn';

/**
 * The syntax tree, as acorn (ESTree) gives it. Transforms walk it generically, so a node is seen as a bag of fields;
 * the typed view (`acorn.AnyNode`) is taken where a node's kind is known.
 */
export type Tree = acorn.AnyNode;
export type SourceKind = 'commonjs' | 'script' | 'module';

// A program may have put accessors on Object.prototype: assignments within the parser must not reach them.
const made = acorn as unknown as Record<string, { prototype: object }>;
for (const name of ['Parser', 'Node', 'Position', 'SourceLocation', 'Token']) {
  Object.setPrototypeOf(made[name]?.prototype, null);
}

/** Throws acorn's SyntaxError (with `pos`, `raisedAt` and `loc`) when `code` is not `kind`. */
export function parse(code: string, kind: SourceKind): acorn.Program {
  return acorn.parse(code, { ecmaVersion: 'latest', sourceType: kind, allowHashBang: true });
}

/** Calls `visit` for each direct child node, in source order of acorn's fields. */
export function forEachChild(node: Tree, visit: (child: Tree) => void): void {
  const fields = node as unknown as Record<string, unknown>;
  for (const key in fields) {
    const value = fields[key];
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) visit(item);
    } else if (isNode(value)) visit(value);
  }
}

function isNode(value: unknown): value is Tree {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

export function isFunction(
  node: Tree,
): node is acorn.FunctionDeclaration | acorn.FunctionExpression | acorn.ArrowFunctionExpression {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

/** Where the statements after the directive prologue (`'use strict'`) begin. */
export function afterDirectives(body: readonly Tree[], end: number): number {
  for (const statement of body) {
    if (statement.type !== 'ExpressionStatement' || statement.directive === undefined) return statement.start;
  }
  return end;
}

/** A name that does not occur in `code`, so that an injected binding can neither shadow nor be shadowed. */
export function unusedName(code: string, base: string): string {
  let name = base;
  while (code.includes(name)) name += '$';
  return name;
}
