/**
 * The second argument of postMessage: an iterable of what is transferred, or an object whose `transfer` is one.
 * `invalid` makes the error for an argument that is neither.
 */
export function readTransferList(argument: unknown, invalid: (message: string) => Error): unknown[] {
  if (argument === null || argument === undefined) return [];
  if (typeof argument !== 'object' && typeof argument !== 'function') {
    throw invalid('Optional transferList argument must be an iterable');
  }
  const list = readIterable(argument);
  if (list !== undefined) return list;
  const { transfer } = argument as { transfer?: unknown };
  if (transfer === undefined) return [];
  const transferred = readIterable(transfer);
  if (transferred === undefined) throw invalid('Optional options.transfer argument must be an iterable');
  return transferred;
}

/** undefined when `value` is not iterable; as strict as Node's C++ about the iteration's results. */
function readIterable(value: unknown): unknown[] | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  if (Array.isArray(value))
    return Array.from({ length: value.length }, (_, index) => value[index] as unknown);
  const method = (value as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (typeof method !== 'function') return undefined;
  const iterator: unknown = Reflect.apply(method, value, []);
  if (typeof iterator !== 'object' || iterator === null) return undefined;
  const { next } = iterator as { next?: unknown };
  if (typeof next !== 'function') return undefined;
  const entries: unknown[] = [];
  for (;;) {
    const result: unknown = Reflect.apply(next, iterator, []);
    if (typeof result !== 'object' || result === null) return undefined;
    const { done, value: entry } = result as { done?: unknown; value?: unknown };
    if (done) return entries;
    entries.push(entry);
  }
}
