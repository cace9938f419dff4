import type { Identifier } from 'acorn';
import { lexicalNames, patternNames, varNames } from './bindings_of.ts';
import { forEachChild, isFunction, type Tree } from './syntax.ts';

/** How a reference stands in its parent: what a rewriter must know to replace it. */
export type ReferenceUse = 'plain' | 'callee' | 'shorthand';

export interface ReferenceVisitor {
  /** The names that matter; a scope that declares none of them costs nothing. */
  readonly names: ReadonlySet<string>;
  reference(node: Identifier, use: ReferenceUse): void;
  /** Any other node; `inFunction` says whether a function or class body lies between it and the root. */
  enter?(node: Tree, inFunction: boolean): (() => void) | void;
}

const NONE: ReadonlySet<string> = new Set();

/** Visits the identifiers below `root` that refer to one of `visitor.names` outside, scopes respected (strict code). */
export function visitReferences(root: Tree, visitor: ReferenceVisitor): void {
  const walker = new Walker(visitor);
  walker.walk(root, NONE, false);
}

type Shadow = ReadonlySet<string>;

class Walker {
  readonly #visitor: ReferenceVisitor;

  constructor(visitor: ReferenceVisitor) {
    this.#visitor = visitor;
  }

  walk(node: Tree, shadow: Shadow, inFunction: boolean, use: ReferenceUse = 'plain'): void {
    if (node.type === 'Identifier') {
      if (this.#visitor.names.has(node.name) && !shadow.has(node.name)) this.#visitor.reference(node, use);
      return;
    }
    const leave = this.#visitor.enter?.(node, inFunction);
    this.#inner(node, shadow, inFunction);
    leave?.();
  }

  #inner(node: Tree, shadow: Shadow, inFunction: boolean): void {
    if (isFunction(node)) return this.#function(node, shadow);
    const go = (child: Tree | null | undefined, inner = shadow, inside = inFunction): void => {
      if (child) this.walk(child, inner, inside);
    };
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
        return;
      case 'ExportNamedDeclaration':
        return go(node.declaration);
      case 'LabeledStatement':
        return go(node.body);
      case 'MemberExpression':
        go(node.object);
        return node.computed ? go(node.property) : undefined;
      case 'CallExpression':
        this.walk(node.callee, shadow, inFunction, 'callee');
        for (const argument of node.arguments) go(argument);
        return;
      case 'TaggedTemplateExpression':
        this.walk(node.tag, shadow, inFunction, 'callee');
        return go(node.quasi);
      case 'Property':
        return this.#property(node, shadow, inFunction);
      case 'MethodDefinition':
        if (node.computed) go(node.key);
        return go(node.value);
      case 'PropertyDefinition':
        if (node.computed) go(node.key);
        return go(node.value, shadow, true);
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const inner = node.id ? this.#with(shadow, (add) => node.id && add(node.id.name)) : shadow;
        go(node.superClass, inner);
        return go(node.body, inner);
      }
      case 'StaticBlock': {
        const inner = this.#with(shadow, (add) => {
          lexicalNames(node.body, add);
          for (const statement of node.body) varNames(statement, add);
        });
        for (const statement of node.body) go(statement, inner, true);
        return;
      }
    }
    this.#statement(node, shadow, inFunction);
  }

  #statement(node: Tree, shadow: Shadow, inFunction: boolean): void {
    switch (node.type) {
      case 'BlockStatement': {
        const inner = this.#with(shadow, (add) => lexicalNames(node.body, add));
        for (const statement of node.body) this.walk(statement, inner, inFunction);
        return;
      }
      case 'SwitchStatement': {
        this.walk(node.discriminant, shadow, inFunction);
        const inner = this.#with(shadow, (add) => {
          for (const clause of node.cases) lexicalNames(clause.consequent, add);
        });
        for (const clause of node.cases) this.walk(clause, inner, inFunction);
        return;
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement': {
        const head = node.type === 'ForStatement' ? node.init : node.left;
        const inner =
          head?.type === 'VariableDeclaration'
            ? this.#with(shadow, (add) => lexicalNames([head], add))
            : shadow;
        forEachChild(node, (child) => this.walk(child, inner, inFunction));
        return;
      }
      case 'CatchClause': {
        const { param } = node;
        const inner = param ? this.#with(shadow, (add) => patternNames(param, add)) : shadow;
        forEachChild(node, (child) => this.walk(child, inner, inFunction));
        return;
      }
    }
    forEachChild(node, (child) => this.walk(child, shadow, inFunction));
  }

  #function(node: Extract<Tree, { params: unknown }>, shadow: Shadow): void {
    const { body, params } = node;
    // The names of the parameters are in scope of their own default values; the body's variables are not.
    const outer = this.#with(shadow, (add) => {
      if (node.type === 'FunctionExpression' && node.id) add(node.id.name);
      for (const parameter of params) patternNames(parameter, add);
    });
    for (const parameter of params) this.walk(parameter, outer, true);
    if (body.type !== 'BlockStatement') return this.walk(body, outer, true);
    const inner = this.#with(outer, (add) => {
      lexicalNames(body.body, add);
      varNames(body, add);
    });
    for (const statement of body.body) this.walk(statement, inner, true);
  }

  #property(node: Extract<Tree, { type: 'Property' }>, shadow: Shadow, inFunction: boolean): void {
    if (!node.shorthand) {
      if (node.computed) this.walk(node.key, shadow, inFunction);
      return this.walk(node.value, shadow, inFunction);
    }
    const value = node.value as Tree;
    if (value.type === 'AssignmentPattern') {
      this.walk(value.left, shadow, inFunction, 'shorthand');
      return this.walk(value.right, shadow, inFunction);
    }
    this.walk(value, shadow, inFunction, 'shorthand');
  }

  #with(shadow: Shadow, declare: (add: (name: string) => void) => void): Shadow {
    let inner: Set<string> | undefined;
    declare((name) => {
      if (this.#visitor.names.has(name) && !shadow.has(name)) (inner ??= new Set(shadow)).add(name);
    });
    return inner ?? shadow;
  }
}
