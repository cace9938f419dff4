import type { NodeContext } from '../context.ts';

/** ModulePhase of module_wrap.h. */
export const SOURCE_PHASE = 1;
export const EVALUATION_PHASE = 2;

export type ImportCallback = (
  referrer: symbol,
  specifier: string,
  phase: number,
  attributes: Readonly<Record<string, string>>,
  referrerName: string | undefined,
) => Promise<unknown>;

const callbacks = new WeakMap<NodeContext, ImportCallback>();
const lookUp = (context: NodeContext): ImportCallback | undefined => weakMapGet(callbacks, context);
const weakMapGet = <K extends WeakKey, V>(map: WeakMap<K, V>, key: K): V | undefined =>
  apply(mapGet, map, [key]);
const { apply } = Reflect;
const mapGet = WeakMap.prototype.get;

/** `setImportModuleDynamicallyCallback`: Node's loader tells where `import()` goes. */
export function setImportCallback(context: NodeContext, callback: ImportCallback): void {
  callbacks.set(context, callback);
}

/**
 * `import(specifier, options)` of rewritten code (ECMA-262, EvaluateImportCall): whatever goes wrong after its operands
 * are evaluated rejects the promise.
 */
export async function dynamicImport(
  context: NodeContext,
  referrer: symbol,
  referrerName: string | undefined,
  specifier: unknown,
  options: unknown,
  phase = EVALUATION_PHASE,
): Promise<unknown> {
  const callback = lookUp(context);
  if (callback === undefined) throw new TypeError('import() is not available here');
  const name = `${specifier as string}`;
  return callback(referrer, name, phase, attributesOf(options), referrerName);
}

function attributesOf(options: unknown): Readonly<Record<string, string>> {
  const attributes = Object.create(null) as Record<string, string>;
  if (options !== undefined) {
    if (!isObject(options)) {
      throw new TypeError('The second argument of import() must be an object');
    }
    const given = options['with'];
    if (given !== undefined) {
      if (!isObject(given)) throw new TypeError("The 'options' argument of import() must be an object");
      for (const key of Object.keys(given)) {
        const value = given[key];
        if (typeof value !== 'string') {
          throw new TypeError('Import attribute value must be a string');
        }
        attributes[key] = value;
      }
    }
  }
  return Object.freeze(attributes);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
