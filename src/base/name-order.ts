/** The order in which scandir(3) tells a directory's entries. */

const sort = Function.prototype.call.bind(Array.prototype.sort) as <T>(
  array: T[],
  compare: (a: T, b: T) => number,
) => T[];

interface Listed {
  names: string[];
  rawNames?: Uint8Array[];
  types: number[];
  sorted?: true;
}

function isInOrder(names: readonly string[]): boolean {
  for (let i = 1; i < names.length; i++) {
    if ((names[i - 1] as string) > (names[i] as string)) return false;
  }
  return true;
}

/** A listing in the order of its names: itself when it is so already. */
export function sortByName<List extends Listed>(list: List): Listed {
  const { names, types, rawNames } = list;
  if (list.sorted || isInOrder(names)) return list;
  const order: number[] = [];
  for (let i = 0; i < names.length; i++) order[i] = i;
  sort(order, (a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1));
  const sorted: Listed = { names: [], types: [] };
  if (rawNames !== undefined) sorted.rawNames = [];
  for (let i = 0; i < order.length; i++) {
    const at = order[i] as number;
    sorted.names[i] = names[at] as string;
    sorted.types[i] = types[at] as number;
    if (rawNames !== undefined && sorted.rawNames !== undefined) {
      sorted.rawNames[i] = rawNames[at] as Uint8Array;
    }
  }
  return sorted;
}
