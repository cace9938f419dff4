import { namespaceOf } from '../modules/namespace.ts';
import { SyntheticRecord, type ModuleRecord } from '../modules/record.ts';

/**
 * What `require()` gives for an ES module that has a default export: its exports and `__esModule: true`, live. (Node
 * compiles `export * from 'original'; export { default } from 'original'; export const __esModule = true;`.)
 */
export function createRequiredModuleFacade(original: ModuleRecord | undefined): object {
  if (original === undefined) throw new TypeError('Illegal invocation');
  return namespaceOf(new FacadeRecord(original));
}

class FacadeRecord extends SyntheticRecord {
  readonly #original: ModuleRecord;

  constructor(original: ModuleRecord) {
    super(['__esModule'], () => undefined);
    this.setExport('__esModule', true);
    this.status = 'evaluated';
    this.#original = original;
  }

  override exportedNames(): string[] {
    return ['__esModule', ...this.#original.exportedNames(new Set())];
  }

  override resolveExport(name: string): ReturnType<ModuleRecord['resolveExport']> {
    return super.resolveExport(name) ?? this.#original.resolveExport(name, []);
  }
}
