import type { Pattern } from 'acorn';
import { forEachChild, isFunction, type Tree } from './syntax.ts';

/** The identifiers that a binding pattern declares. */
export function patternNames(pattern: Pattern, into: (name: string) => void): void {
  switch (pattern.type) {
    case 'Identifier':
      return into(pattern.name);
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        patternNames(property.type === 'RestElement' ? property.argument : property.value, into);
      }
      return;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) patternNames(element, into);
      return;
    case 'AssignmentPattern':
      return patternNames(pattern.left, into);
    case 'RestElement':
      return patternNames(pattern.argument, into);
  }
}

/** Names that `var` declares anywhere below, up to function borders. */
export function varNames(node: Tree, into: (name: string) => void): void {
  if (isFunction(node) || node.type === 'ClassDeclaration' || node.type === 'ClassExpression') return;
  if (node.type === 'VariableDeclaration' && node.kind === 'var') {
    for (const declarator of node.declarations) patternNames(declarator.id, into);
  }
  forEachChild(node, (child) => varNames(child, into));
}

/** Names that the statements of one block declare: let, const, using, class and function. */
export function lexicalNames(
  statements: readonly Tree[],
  into: (name: string, kind: 'let' | 'const' | 'class' | 'function') => void,
): void {
  for (const statement of statements) {
    const node: Tree | null | undefined =
      statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
        ? statement.declaration
        : statement;
    if (!node) continue;
    if (node.type === 'VariableDeclaration' && node.kind !== 'var') {
      const kind = node.kind === 'let' ? 'let' : 'const';
      for (const declarator of node.declarations) patternNames(declarator.id, (name) => into(name, kind));
    } else if (node.type === 'ClassDeclaration' && node.id) into(node.id.name, 'class');
    else if (node.type === 'FunctionDeclaration' && node.id) into(node.id.name, 'function');
  }
}
