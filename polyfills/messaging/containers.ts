/** Structured clone's view of objects: which ones hold other values, and how to walk and rebuild those. */
import { isView, typedArrayName, uncurry } from '../text/captured.ts';

const { keys, getOwnPropertyDescriptor } = Object;
const { isArray } = Array;
const tagOf = uncurry<object, [], string>(Object.prototype.toString);
const mapEntries = uncurry<Map<unknown, unknown>, [(value: unknown, key: unknown) => void], void>(
  Map.prototype.forEach,
);
const setValues = uncurry<Set<unknown>, [(value: unknown) => void], void>(Set.prototype.forEach);
const mapSet = uncurry<Map<unknown, unknown>, [unknown, unknown], unknown>(Map.prototype.set);
const setAdd = uncurry<Set<unknown>, [unknown], unknown>(Set.prototype.add);
const mapHas = uncurry<Map<unknown, unknown>, [unknown], boolean>(Map.prototype.has);
const setHas = uncurry<Set<unknown>, [unknown], boolean>(Set.prototype.has);
const mapClear = uncurry<Map<unknown, unknown>, [], void>(Map.prototype.clear);
const setClear = uncurry<Set<unknown>, [], void>(Set.prototype.clear);

type Kind = 'array' | 'map' | 'set' | 'object' | 'leaf';

/** Tags of objects whose clone does not look into their properties, or that cannot be cloned at all. */
const LEAF_TAGS = new Set(
  [
    ...['Date', 'RegExp', 'Error', 'Boolean', 'Number', 'String', 'BigInt', 'Symbol', 'Function'],
    ...['ArrayBuffer', 'SharedArrayBuffer', 'Promise', 'WeakMap', 'WeakSet', 'WeakRef', 'Generator'],
    ...['WebAssembly.Module', 'WebAssembly.Memory', 'Arguments'],
  ].map((name) => `[object ${name}]`),
);
const isLeafTag = uncurry<Set<string>, [string], boolean>(Set.prototype.has);

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A real one, whatever its prototype; the tag alone can be forged. */
function succeeds(probe: (value: never, key: unknown) => boolean, value: unknown): boolean {
  try {
    probe(value as never, undefined);
    return true;
  } catch {
    return false;
  }
}

function kindOf(value: object): Kind {
  if (isArray(value)) return 'array';
  if (isView(value) || typedArrayName(value) !== undefined) return 'leaf';
  const tag = tagOf(value);
  if (tag === '[object Map]') return succeeds(mapHas, value) ? 'map' : 'object';
  if (tag === '[object Set]') return succeeds(setHas, value) ? 'set' : 'object';
  return isLeafTag(LEAF_TAGS, tag) ? 'leaf' : 'object';
}

/** Not of a class that structured clone treats by itself, such as arrays and buffers. */
export function isOrdinary(value: object): boolean {
  return kindOf(value) === 'object';
}

/** Calls `visit` for each value directly within `value`, without running accessors. */
export function visitContents(value: object, visit: (content: unknown) => void): void {
  switch (kindOf(value)) {
    case 'leaf':
      return;
    case 'map':
      return mapEntries(value as Map<unknown, unknown>, (content, key) => {
        visit(key);
        visit(content);
      });
    case 'set':
      return setValues(value as Set<unknown>, visit);
    default:
      for (const key of keys(value)) {
        const descriptor = getOwnPropertyDescriptor(value, key);
        if (descriptor !== undefined && 'value' in descriptor) visit(descriptor.value);
      }
  }
}

/** A copy of the containers in `value` with `replace` applied to every object; where it returns one, that stands in. */
export function rebuild(value: unknown, replace: (object: object) => object | undefined): unknown {
  const copies = new Map<object, unknown>();
  const copy = (original: unknown): unknown => {
    if (!isObject(original)) return original;
    const known = copies.get(original);
    if (known !== undefined) return known;
    const replacement = replace(original);
    if (replacement !== undefined) {
      copies.set(original, replacement);
      return replacement;
    }
    return copyContainer(original, copies, copy);
  };
  return copy(value);
}

function copyContainer(
  original: object,
  copies: Map<object, unknown>,
  copy: (value: unknown) => unknown,
): unknown {
  const kind = kindOf(original);
  if (kind === 'leaf') return original;
  if (kind === 'map') {
    const map = new Map<unknown, unknown>();
    copies.set(original, map);
    mapEntries(original as Map<unknown, unknown>, (content, key) => mapSet(map, copy(key), copy(content)));
    return map;
  }
  if (kind === 'set') {
    const set = new Set<unknown>();
    copies.set(original, set);
    setValues(original as Set<unknown>, (content) => setAdd(set, copy(content)));
    return set;
  }
  const target: object = isArray(original) ? new Array<unknown>(original.length) : {};
  copies.set(original, target);
  for (const key of keys(original)) define(target, key, copy((original as Record<string, unknown>)[key]));
  return target;
}

/** As an assignment that meets no setter and no `__proto__`. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Puts `replacements.get(object)` in place of each such object in the graph of `value`, in place. */
export function replaceWithin(value: unknown, replacements: ReadonlyMap<object, unknown>): unknown {
  const swap = (content: unknown): unknown =>
    isObject(content) && replacements.has(content) ? replacements.get(content) : content;
  const root = swap(value);
  if (root !== value || !isObject(root)) return root;
  const seen = new Set<object>([root]);
  const pending: object[] = [root];
  for (let container = pending.pop(); container !== undefined; container = pending.pop()) {
    visitContents(container, (content) => {
      if (!isObject(content) || replacements.has(content) || seen.has(content)) return;
      seen.add(content);
      pending.push(content);
    });
    swapContents(container, swap);
  }
  return root;
}

function swapContents(container: object, swap: (content: unknown) => unknown): void {
  const kind = kindOf(container);
  if (kind === 'map') {
    const map = container as Map<unknown, unknown>;
    const entries: [unknown, unknown][] = [];
    mapEntries(map, (content, key) => entries.push([swap(key), swap(content)]));
    mapClear(map);
    for (const [key, content] of entries) mapSet(map, key, content);
  } else if (kind === 'set') {
    const set = container as Set<unknown>;
    const contents: unknown[] = [];
    setValues(set, (content) => contents.push(swap(content)));
    setClear(set);
    for (const content of contents) setAdd(set, content);
  } else if (kind !== 'leaf') {
    for (const key of keys(container)) {
      const content = (container as Record<string, unknown>)[key];
      const swapped = swap(content);
      if (swapped !== content) define(container, key, swapped);
    }
  }
}
