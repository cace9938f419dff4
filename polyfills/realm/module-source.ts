/**
 * `%AbstractModuleSource%` of source phase imports, above `WebAssembly.Module` as in the pinned V8: browsers may not have
 * it yet. (TC39 proposal-source-phase-imports; WebAssembly ESM integration.)
 */
import { nativeLook } from './native-look.ts';

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Object;

export function installModuleSource(): void {
  const { Module } = WebAssembly;
  const { exports } = Module as unknown as { exports(module: WebAssembly.Module): unknown };
  if (getPrototypeOf(Module) !== Function.prototype) return;

  const isModule = (value: unknown): boolean => {
    try {
      exports(value as WebAssembly.Module);
      return true;
    } catch {
      return false;
    }
  };
  const AbstractModuleSource = function (): never {
    throw new TypeError('Illegal invocation');
  };
  const tag = {
    get [Symbol.toStringTag](): string | undefined {
      return isModule(this) ? 'WebAssembly.Module' : undefined;
    },
  };
  const getter = getOwnPropertyDescriptor(tag, Symbol.toStringTag);
  if (getter === undefined) return;
  nativeLook(AbstractModuleSource, 'AbstractModuleSource');
  defineProperty(AbstractModuleSource, 'name', { value: 'AbstractModuleSource', configurable: true });
  const { prototype } = AbstractModuleSource as unknown as { prototype: object };
  defineProperty(prototype, Symbol.toStringTag, { ...getter, enumerable: false });
  defineProperty(AbstractModuleSource, 'prototype', { writable: false });
  setPrototypeOf(Module, AbstractModuleSource);
  setPrototypeOf(Module.prototype, prototype);
}
