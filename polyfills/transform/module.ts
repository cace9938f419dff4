import type { ImportAttribute, Identifier, Literal, ModuleDeclaration, Program } from 'acorn';
import { rewriteAwaits } from './awaits.ts';
import { patternNames } from './bindings_of.ts';
import { Edits } from './edits.ts';
import { rewriteModuleBody } from './module_body.ts';
import { parseModule } from './module_syntax.ts';
import type {
  ImportEntry,
  IndirectExport,
  ModuleNames,
  ModuleRequest,
  ModuleTransform,
} from './module_types.ts';
import { mayAwait, withoutHashbang } from './scan.ts';
import { insertTimeChecks } from './time_checks.ts';
import { unusedName, type Tree } from './syntax.ts';

/** Throws acorn's SyntaxError when `source` is no module. */
export function transformModule(source: string, timed = false): ModuleTransform {
  const code = withoutHashbang(source);
  const { tree, sourcePhase } = parseModule(code);
  const names: ModuleNames = {
    host: unusedName(code, '__module$'),
    imports: unusedName(code, '__imports$'),
    awaits: unusedName(code, '__await$'),
    record: unusedName(code, '__frame$'),
    defaultExport: unusedName(code, '__default$'),
    noArguments: unusedName(code, 'arguments$'),
  };
  const edits = new Edits();
  const entries = new ModuleEntries(code, names, edits, sourcePhase);
  entries.read(tree);
  const body = rewriteModuleBody(tree, code, entries.importedNames, names, edits, sourcePhase);
  if (timed) insertTimeChecks(tree, `${names.host}.c`, edits);
  if (mayAwait(code)) {
    rewriteAwaits(tree, { support: names.awaits, record: names.record }, edits);
  }
  entries.finish();
  const { code: rewritten, columns } = edits.apply(code);
  const getters = entries.localExports.map(
    ([exported, local]) => `[${JSON.stringify(exported)}]:()=>${local}`,
  );
  const before =
    `(${body.asyncGenerator ? 'async ' : ''}function*(${names.host},${names.imports},${names.awaits}){'use strict';` +
    `${names.host}.x({${getters.join()}});${entries.namesDefault ? `${names.host}.n(${names.defaultExport});` : ''}yield;`;
  return {
    code: `${before}${rewritten}\n})`,
    columns,
    prefix: before.length,
    requests: entries.requests,
    imports: entries.imports,
    localExports: entries.localExports,
    indirectExports: entries.indirectExports,
    starExports: entries.starExports,
    hasTopLevelAwait: body.hasTopLevelAwait,
    asyncGenerator: body.asyncGenerator,
    awaitAt: body.awaitAt,
  };
}

/** Reads the import and export declarations, and takes them out of the text. */
class ModuleEntries {
  readonly requests: ModuleRequest[] = [];
  readonly imports: ImportEntry[] = [];
  readonly localExports: (readonly [string, string])[] = [];
  readonly indirectExports: IndirectExport[] = [];
  readonly starExports: number[] = [];
  readonly importedNames = new Map<string, ImportEntry>();
  /** An anonymous default function was given a name that must not show. */
  namesDefault = false;
  #closing: (() => void) | undefined;
  readonly #requestIndex = new Map<string, number>();
  readonly #code: string;
  readonly #names: ModuleNames;
  readonly #edits: Edits;
  readonly #sourcePhase: ReadonlySet<number>;

  constructor(code: string, names: ModuleNames, edits: Edits, sourcePhase: ReadonlySet<number>) {
    this.#code = code;
    this.#names = names;
    this.#edits = edits;
    this.#sourcePhase = sourcePhase;
  }

  read(tree: Program): void {
    // Requests in source order; imports before exports, because an exported name may be an imported one.
    for (const node of tree.body) {
      if ('source' in node && node.source) this.#request(node);
    }
    for (const node of tree.body) if (node.type === 'ImportDeclaration') this.#import(node);
    for (const node of tree.body) this.#export(node as ModuleDeclaration);
  }

  #request(node: { start: number; source?: Literal | null; attributes?: ImportAttribute[] }): number {
    const specifier = String(node.source?.value);
    const attributes: Record<string, string> = {};
    for (const { key, value } of node.attributes ?? []) attributes[nameOf(key)] = String(value.value);
    const phase = this.#sourcePhase.has(node.start) ? 'source' : 'evaluation';
    const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
    const identity = JSON.stringify([specifier, sorted, phase]);
    const known = this.#requestIndex.get(identity);
    if (known !== undefined) return known;
    this.#requestIndex.set(identity, this.requests.length);
    return this.requests.push({ specifier, attributes, phase }) - 1;
  }

  #import(node: Extract<Tree, { type: 'ImportDeclaration' }>): void {
    const request = this.#request(node);
    for (const specifier of node.specifiers) {
      const imported =
        specifier.type === 'ImportNamespaceSpecifier'
          ? null
          : specifier.type === 'ImportDefaultSpecifier'
            ? 'default'
            : nameOf(specifier.imported);
      const entry: ImportEntry = {
        request,
        name: imported,
        local: specifier.local.name,
        start: specifier.start,
        end: specifier.type === 'ImportSpecifier' ? specifier.imported.end : specifier.end,
      };
      this.imports.push(entry);
      this.importedNames.set(entry.local, entry);
    }
    this.#edits.blankStatement(this.#code, node.start, node.end);
  }

  #export(node: ModuleDeclaration): void {
    if (node.type === 'ExportAllDeclaration') {
      const request = this.#request(node);
      const { start, end } = node;
      if (node.exported)
        this.indirectExports.push({ exported: nameOf(node.exported), request, name: null, start, end });
      else this.starExports.push(request);
      this.#edits.blankStatement(this.#code, start, end);
    } else if (node.type === 'ExportNamedDeclaration') this.#exportNamed(node);
    else if (node.type === 'ExportDefaultDeclaration') this.#exportDefault(node);
  }

  #exportNamed(node: Extract<Tree, { type: 'ExportNamedDeclaration' }>): void {
    const { declaration } = node;
    if (declaration) {
      const add = (name: string): void => void this.localExports.push([name, name]);
      if (declaration.type === 'VariableDeclaration') {
        for (const declarator of declaration.declarations) patternNames(declarator.id, add);
      } else add(declaration.id.name);
      return this.#edits.blank(this.#code, node.start, declaration.start);
    }
    for (const { local, exported, start } of node.specifiers) {
      const name = nameOf(local);
      const imported = node.source ? undefined : this.importedNames.get(name);
      if (node.source) {
        const request = this.#request(node);
        this.indirectExports.push({ exported: nameOf(exported), request, name, start, end: local.end });
      } else if (imported && this.requests[imported.request]?.phase === 'source') {
        // What is exported is the value, not a binding of the other module.
        this.localExports.push([nameOf(exported), `${this.#names.imports}.${name}`]);
      } else if (imported) this.indirectExports.push({ ...imported, exported: nameOf(exported) });
      else this.localExports.push([nameOf(exported), name]);
    }
    this.#edits.blankStatement(this.#code, node.start, node.end);
  }

  #exportDefault(node: Extract<Tree, { type: 'ExportDefaultDeclaration' }>): void {
    const { declaration } = node;
    const local = this.#names.defaultExport;
    const named =
      declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration'
        ? declaration.id
        : null;
    if (named) {
      this.localExports.push(['default', named.name]);
      return this.#edits.blank(this.#code, node.start, declaration.start);
    }
    this.localExports.push(['default', local]);
    if (declaration.type === 'FunctionDeclaration') {
      this.namesDefault = true;
      this.#edits.blank(this.#code, node.start, declaration.start);
      const head =
        /^(?:async(?:\s|\/\*[^]*?\*\/|\/\/.*\n)*)?function(?:(?:\s|\/\*[^]*?\*\/|\/\/.*\n)*\*)?/.exec(
          this.#code.slice(declaration.start, declaration.end),
        );
      return this.#edits.insert(declaration.start + (head?.[0].length ?? 'function'.length), ` ${local}`);
    }
    // An object literal gives an anonymous function or class the name 'default', as the language does here.
    const keywords = /^export(?:\s|\/\*[^]*?\*\/|\/\/.*\n)+default/.exec(
      this.#code.slice(node.start, declaration.start),
    );
    const length = keywords?.[0].length ?? 0;
    const lines = (keywords?.[0] ?? '').replace(/[^\n]/g, '');
    this.#edits.replace(node.start, node.start + length, `const ${local}={default:(${lines}`);
    const end = this.#code.charAt(node.end - 1) === ';' ? node.end - 1 : node.end;
    this.#closing = () => this.#edits.insert(end, ')}.default;');
  }

  /** What must stand behind everything else at its position; after all other rewriting. */
  finish(): void {
    this.#closing?.();
  }
}

function nameOf(node: Identifier | Literal): string {
  return node.type === 'Identifier' ? node.name : String(node.value);
}
