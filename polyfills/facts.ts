import type { BindingShape, NodeFacts, OptionFacts } from './context.ts';

/** Data as scripts/node-layer/dump.cjs writes it: JSON, and `{ $: kind }` for what JSON cannot say. */
type Encoded = string | number | boolean | null | Encoded[] | { [key: string]: Encoded };

export interface EncodedFacts {
  version: string;
  versions: Record<string, string>;
  release: Record<string, string>;
  builtinIds: string[];
  globals: string[];
  uvErrors: [number, string, string][];
  options: OptionFacts;
  bindings: Record<string, Record<string, Encoded>>;
}

const VIEWS: Record<string, new (length: number) => ArrayBufferView> = {
  Uint8Array,
  Uint32Array,
  Int32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

function decodeSpecial(value: { [key: string]: Encoded }): unknown {
  switch (value['$']) {
    case 'undefined':
      return undefined;
    case 'number':
      return Number(value['value']);
    case 'bigint':
      return BigInt(value['value'] as string);
    case 'symbol':
      return Symbol(value['value'] as string);
    case 'buffer':
      return new ArrayBuffer(value['length'] as number);
    case 'view': {
      const View = VIEWS[value['type'] as string] ?? Uint8Array;
      return new View(value['length'] as number);
    }
    case 'map':
      return new Map(
        (value['entries'] as [Encoded, Encoded][]).map(([key, item]) => [decode(key), decode(item)]),
      );
    case 'set':
      return new Set((value['values'] as Encoded[]).map(decode));
    case 'null':
      return Object.assign(Object.create(null), decode(value['of'] ?? {}));
    default:
      throw new TypeError(`facts: unknown kind ${String(value['$'])}`);
  }
}

function decode(value: Encoded): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  if ('$' in value) return decodeSpecial(value);
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (!isFunction(item)) result[key] = decode(item);
  return result;
}

function isFunction(value: Encoded): value is { [key: string]: Encoded } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value['$'] === 'function';
}

/** A function with methods of its own or a capital letter is a class. */
const isClass = (name: string, value: { [key: string]: Encoded }) =>
  'methods' in value || /^[A-Z]/.test(name);

function shapeOf(exports: Record<string, Encoded>): BindingShape {
  const functions: string[] = [];
  const classes: Record<string, { methods: string[]; statics: string[] }> = {};
  for (const [name, value] of Object.entries(exports)) {
    if (!isFunction(value)) continue;
    if (isClass(name, value)) {
      classes[name] = {
        methods: (value['methods'] ?? []) as string[],
        statics: Object.keys(value['statics'] ?? {}),
      };
    } else {
      functions.push(name);
    }
  }
  return { constants: () => decode(exports) as Record<string, unknown>, functions, classes };
}

/** The facts of the pinned node, from `generated/facts.json` and what the boot bundle carries. */
export function createFacts(encoded: EncodedFacts, config: string): NodeFacts {
  const bindings: Record<string, BindingShape> = Object.create(null);
  for (const [name, exports] of Object.entries(encoded.bindings)) {
    let shape: BindingShape | undefined;
    Object.defineProperty(bindings, name, { enumerable: true, get: () => (shape ??= shapeOf(exports)) });
  }
  return {
    version: encoded.version,
    versions: encoded.versions,
    release: encoded.release,
    builtinIds: encoded.builtinIds,
    globals: encoded.globals,
    uvErrors: new Map(encoded.uvErrors.map(([number, name, message]) => [number, [name, message] as const])),
    options: encoded.options,
    bindings,
    config,
  };
}
