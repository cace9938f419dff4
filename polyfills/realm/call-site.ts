import type { Place } from './source-positions.ts';

/** V8's CallSite (v8.dev/docs/stack-trace-api). */
export interface CallSite {
  getThis(): unknown;
  getTypeName(): string | null;
  getFunction(): unknown;
  getFunctionName(): string | null;
  getMethodName(): string | null;
  getFileName(): string | null | undefined;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  /** Where the function begins. */
  getEnclosingLineNumber(): number | null;
  getEnclosingColumnNumber(): number | null;
  getEvalOrigin(): string | undefined;
  getScriptNameOrSourceURL(): string | null | undefined;
  isToplevel(): boolean;
  isEval(): boolean;
  isNative(): boolean;
  isConstructor(): boolean;
  isAsync(): boolean;
  isPromiseAll(): boolean;
  getPromiseIndex(): number | null;
  toString(): string;
}

/** A position in a script of this layer's making → where Node would say it is. Lines and columns count from 1. */
export type Locate = (script: string, line: number, column: number) => Place | undefined;

const { apply } = Reflect;
const startsWith = (text: string, head: string) =>
  apply(String.prototype.startsWith, text, [head]) as boolean;
const endsWith = (text: string, tail: string) => apply(String.prototype.endsWith, text, [tail]) as boolean;

/** `a.b.c = function () {}`: newer engines name the function so, the pinned node's shows type and method instead. */
const isInferred = (name: string) =>
  apply(String.prototype.includes, name, ['.']) === true &&
  !startsWith(name, 'get ') &&
  !startsWith(name, 'set ');

/** V8's AppendMethodCall (objects/call-site-info.cc). */
function describeMethodCall(site: CallSite): string {
  const type = site.getTypeName();
  const method = site.getMethodName();
  const name = site.getFunctionName();
  if (!name) return `${type ? `${type}.` : ''}${method ?? '<anonymous>'}`;
  const qualified = type && !startsWith(name, type) ? `${type}.${name}` : name;
  const sameName = !method || name === method || endsWith(name, `.${method}`) || endsWith(name, ` ${method}`);
  return sameName ? qualified : `${qualified} [as ${method}]`;
}

/**
 * A call site as Node would have it: the script is compiled by `eval` or stands in a bundle, but its frames are shown
 * where the source is, and code that was evaluated as a file is not called "eval".
 */
export class MappedSite implements CallSite {
  readonly #site: CallSite;
  readonly #place: Place;
  readonly #locate: Locate;
  /** `locate` places other positions of the same script. */
  constructor(site: CallSite, place: Place, locate: Locate) {
    this.#site = site;
    this.#place = place;
    this.#locate = locate;
  }
  getThis(): unknown {
    return undefined;
  }
  getTypeName(): string | null {
    return this.#site.getTypeName();
  }
  getFunction(): unknown {
    return this.#site.getFunction();
  }
  getFunctionName(): string | null {
    const name = this.#site.getFunctionName();
    return name === null || name === 'eval' || isInferred(name) ? null : name;
  }
  getMethodName(): string | null {
    return this.#site.getMethodName();
  }
  getFileName(): string {
    return this.#place.file;
  }
  getScriptNameOrSourceURL(): string {
    return this.#place.file;
  }
  getLineNumber(): number {
    return this.#place.line;
  }
  getColumnNumber(): number {
    return this.#place.column;
  }
  getEnclosingLineNumber(): number {
    return this.#enclosing()?.line ?? 0;
  }
  getEnclosingColumnNumber(): number {
    return this.#enclosing()?.column ?? 0;
  }
  #enclosing(): Place | undefined {
    const site = this.#site;
    const script = site.getScriptNameOrSourceURL() ?? '';
    return this.#locate(script, site.getEnclosingLineNumber() ?? 1, site.getEnclosingColumnNumber() ?? 1);
  }
  getEvalOrigin(): string | undefined {
    return undefined;
  }
  isToplevel(): boolean {
    return this.#site.isToplevel();
  }
  isEval(): boolean {
    return false;
  }
  isNative(): boolean {
    return false;
  }
  isConstructor(): boolean {
    return this.#site.isConstructor();
  }
  isAsync(): boolean {
    return this.#site.isAsync();
  }
  isPromiseAll(): boolean {
    return this.#site.isPromiseAll();
  }
  getPromiseIndex(): number | null {
    return this.#site.getPromiseIndex();
  }
  /** V8's SerializeCallSiteInfo. */
  toString(): string {
    const { file, line, column } = this.#place;
    const location = `${file}:${line}:${column}`;
    const site = this.#site;
    if (site.getFunctionName() === this.getFunctionName()) {
      const shown = `${site.getScriptNameOrSourceURL()}:${site.getLineNumber()}:${site.getColumnNumber()}`;
      return apply(String.prototype.replace, site.toString(), [shown, () => location]) as string;
    }
    const name = this.getFunctionName();
    let lead = this.isAsync() ? 'async ' : '';
    if (this.isConstructor()) lead += `new ${name || '<anonymous>'}`;
    else if (!this.isToplevel()) lead += describeMethodCall(this);
    else if (name) lead += name;
    else return lead + location;
    return `${lead} (${location})`;
  }
}
