import type { Program } from 'acorn';
import { rewriteAwaits } from './awaits.ts';
import { lexicalNames, patternNames, varNames } from './bindings_of.ts';
import { Edits, type ColumnMap } from './edits.ts';
import { mayAwait, mayImportDynamically } from './scan.ts';
import { afterDirectives, forEachChild, isFunction, parse, unusedName, type Tree } from './syntax.ts';
import { checkLoop } from './time_checks.ts';

/**
 * A script that runs by `eval`, made to behave as a global script does:
 * - what it declares lexically is published (getters and setters), so that later scripts see it;
 * - strict code, whose variables `eval` keeps to itself, hands them over too: they are published when it ends;
 * - functions that eval would not make global are published as the script begins.
 * Everything goes through one call of `host` behind the directives, which also yields the import and await helpers.
 */
export interface VmScript {
  readonly code: string;
  readonly columns: ColumnMap;
  /** The name that must be in scope, a `VmScriptHost`; absent when the code needs nothing. */
  readonly host?: string;
  readonly strict: boolean;
  readonly vars: readonly string[];
  readonly lexicals: readonly string[];
  readonly functions: readonly string[];
  /** Names that the code assigns to anywhere: in sloppy code they may come into being. */
  readonly assigned: readonly string[];
}

export type VmTarget = 'main' | 'context';

export interface VmScriptHost {
  /** Called first: publishes and gives the helpers i (import), a (await), c (check the time), t (the global for `this`). */
  begin(
    getters: Record<string, () => unknown>,
    setters: Record<string, (value: unknown) => unknown>,
    functions: Record<string, unknown>,
    variables: Record<string, () => unknown>,
  ): Record<'i' | 'a' | 'c' | 't', unknown>;
  /** In a vm context: names resolve to the code's own functions until `begin` is called. */
  quiet?(): void;
}

/** Of a variable: what a script declares cannot be deleted, what `eval` declares can. */
const DELETES = /\bdelete\s+[\w$]+\s*(?![\s\w$.[(])/;
const DECLARES = /\b(?:let|const|class|using)\b|['"]use strict['"]/;

export function transformVmScript(code: string, target: VmTarget, timed: boolean): VmScript {
  const imports = mayImportDynamically(code);
  const awaits = mayAwait(code);
  if (target === 'main' && !timed && !imports && !awaits && !DECLARES.test(code) && !DELETES.test(code)) {
    return untouched(code);
  }
  let tree: Program;
  try {
    tree = parse(code, 'script');
  } catch {
    return untouched(code);
  }
  return new VmTransform(code, tree, target, timed).run(imports, awaits);
}

function untouched(code: string): VmScript {
  return { code, columns: [], strict: false, vars: [], lexicals: [], functions: [], assigned: [] };
}

class VmTransform {
  readonly #code: string;
  readonly #tree: Program;
  readonly #target: VmTarget;
  readonly #timed: boolean;
  readonly #edits = new Edits();
  readonly #helpers: Record<'i' | 'a' | 'c' | 't', string>;
  readonly #used = new Set<'i' | 'a' | 'c' | 't'>();
  readonly #assigned = new Set<string>();

  constructor(code: string, tree: Program, target: VmTarget, timed: boolean) {
    this.#code = code;
    this.#tree = tree;
    this.#target = target;
    this.#timed = timed;
    const name = (base: string): string => unusedName(code, base);
    this.#helpers = { i: name('__import$'), a: name('__await$'), c: name('__time$'), t: name('__this$') };
  }

  run(imports: boolean, awaits: boolean): VmScript {
    const code = this.#code;
    const { body } = this.#tree;
    const strict = isStrict(body);
    const lexicals: string[] = [];
    const constants = new Set<string>();
    const functions = new Set<string>();
    lexicalNames(body, (name, kind) => {
      if (kind === 'function') return void functions.add(name);
      lexicals.push(name);
      if (kind === 'const') constants.add(name);
    });
    const vars = new Set<string>();
    for (const statement of body) varNames(statement, (name) => vars.add(name));

    if (DELETES.test(code)) this.#keepVariables(this.#tree, new Set([...vars, ...functions]));
    if (imports || this.#timed || this.#target === 'context') this.#walk(this.#tree, strict, false);
    if (awaits) {
      rewriteAwaits(
        this.#tree,
        { support: this.#helpers.a, record: unusedName(code, '__frame$') },
        this.#edits,
      );
      this.#used.add('a');
    }
    const publishes = strict ? [...vars] : [];
    const early = this.#target === 'context' || strict ? [...functions] : [];
    const needsHost = this.#used.size > 0 || lexicals.length > 0 || publishes.length > 0 || early.length > 0;
    const facts = {
      strict,
      vars: [...vars],
      lexicals,
      functions: [...functions],
      assigned: [...this.#assigned],
    };
    if (!needsHost) return { ...this.#edits.apply(code), ...facts };

    const host = unusedName(code, '__vm$host');
    const at = afterDirectives(body, code.length);
    const getter = (name: string): string => `${name}:()=>${name}`;
    const getters = lexicals.map(getter);
    const setters = lexicals.filter((name) => !constants.has(name)).map((name) => `${name}:(v)=>${name}=v`);
    const helpers = [...this.#used].map((key) => `${key}:${this.#helpers[key]}`);
    const quiet = early.length > 0 && !strict ? `${host}.quiet();` : '';
    this.#edits.insert(
      at,
      `${quiet}const {${helpers.join()}}=${host}.begin({${getters.join()}},{${setters.join()}},{${early.join()}},{${publishes.map(getter).join()}});`,
    );
    return { ...this.#edits.apply(code), host, ...facts };
  }

  #keepVariables(node: Tree, variables: ReadonlySet<string>): void {
    if (isFunction(node)) return;
    if (
      node.type === 'UnaryExpression' &&
      node.operator === 'delete' &&
      node.argument.type === 'Identifier'
    ) {
      if (variables.has(node.argument.name)) this.#edits.replace(node.start, node.end, 'false');
      return;
    }
    forEachChild(node, (child) => this.#keepVariables(child, variables));
  }

  #walk(node: Tree, strict: boolean, inFunction: boolean): void {
    switch (node.type) {
      case 'ImportExpression':
        this.#edits.replace(node.start, node.start + 'import'.length, this.#use('i'));
        break;
      case 'ThisExpression':
        // A sloppy function called without a receiver gets the main global as `this`.
        if (this.#target === 'context' && !strict && inFunction) {
          this.#edits.replace(node.start, node.end, `${this.#use('t')}(this)`);
        }
        return;
      case 'AssignmentExpression':
        if (node.left.type !== 'MemberExpression')
          patternNames(node.left, (name) => this.#assigned.add(name));
        break;
      case 'UpdateExpression':
        if (node.argument.type === 'Identifier') this.#assigned.add(node.argument.name);
        break;
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        if (
          'left' in node &&
          node.left.type !== 'VariableDeclaration' &&
          node.left.type !== 'MemberExpression'
        ) {
          patternNames(node.left, (name) => this.#assigned.add(name));
        }
        if (this.#timed) return this.#loop(node, node.body, strict, inFunction);
        break;
    }
    if (isFunction(node)) return this.#function(node, strict, inFunction);
    const inner = strict || node.type === 'ClassBody';
    const inside = inFunction || node.type === 'ClassBody';
    forEachChild(node, (child) => this.#walk(child, inner, inside));
  }

  #function(node: Extract<Tree, { params: unknown }>, strict: boolean, inFunction: boolean): void {
    const { body } = node;
    const block = body.type === 'BlockStatement' ? body.body : undefined;
    const inner = strict || (block !== undefined && isStrict(block));
    const inside = inFunction || node.type !== 'ArrowFunctionExpression';
    if (this.#timed && block) {
      this.#edits.insert(afterDirectives(block, body.end - 1), `${this.#use('c')}();`);
    }
    forEachChild(node, (child) => this.#walk(child, inner, inside));
  }

  /** An endless loop ends when the time is over. */
  #loop(node: Tree, body: Tree, strict: boolean, inFunction: boolean): void {
    const close = checkLoop(body, this.#use('c'), this.#edits);
    forEachChild(node, (child) => this.#walk(child, strict, inFunction));
    close();
  }

  #use(helper: 'i' | 'a' | 'c' | 't'): string {
    this.#used.add(helper);
    return this.#helpers[helper];
  }
}

function isStrict(body: readonly Tree[]): boolean {
  for (const statement of body) {
    if (statement.type !== 'ExpressionStatement' || statement.directive === undefined) return false;
    if (statement.directive === 'use strict') return true;
  }
  return false;
}
