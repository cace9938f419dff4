import { unknownOption } from './failure.ts';

/** `m` takes a value: `-m x`, `-mx`, `--message=x`; a name with `?` may have one attached. */
export interface Flags {
  readonly [name: string]: readonly string[];
}

export interface Words {
  readonly flags: ReadonlyMap<string, string | true>;
  readonly all: readonly [name: string, value: string | true][];
  readonly words: readonly string[];
  /** What follows `--`; undefined when there is none. */
  readonly paths: readonly string[] | undefined;
  has(name: string): boolean;
  value(name: string): string | undefined;
}

/**
 * `spec` names the options of a command: `['m=message=', 'a,all', 'n?']`: letters and long names separated by commas,
 * `=` at the end: takes a value, `?`: may have one attached. The first name is what it is known by.
 */
export function parseWords(args: readonly string[], spec: readonly string[], text: string): Words {
  const kinds = new Map<string, { name: string; kind: '' | '=' | '?' }>();
  for (const entry of spec) {
    const kind = entry.endsWith('=') ? '=' : entry.endsWith('?') ? '?' : '';
    const names = entry.replace(/[=?]$/, '').split(',');
    for (const one of names) kinds.set(one, { name: names[0] ?? '', kind });
  }
  const all: [string, string | true][] = [];
  const words: string[] = [];
  let paths: string[] | undefined;
  const queue = [...args];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') {
      paths = queue;
      break;
    }
    if (word.startsWith('--')) {
      const [long = '', ...rest] = word.slice(2).split('=');
      const found = kinds.get(long) ?? (long.startsWith('no-') ? kinds.get(long) : undefined);
      if (found === undefined) throw unknownOption(word, text);
      const attached = rest.length > 0 ? rest.join('=') : undefined;
      all.push([found.name, attached ?? (found.kind === '=' ? (queue.shift() ?? '') : true)]);
    } else if (word.startsWith('-') && word.length > 1) bundle(word, kinds, all, queue, text);
    else words.push(word);
  }
  const flags = new Map(all);
  return {
    flags,
    all,
    words,
    paths,
    has: (name) => flags.has(name),
    value: (name) => {
      const value = flags.get(name);
      return typeof value === 'string' ? value : undefined;
    },
  };
}

function bundle(
  word: string,
  kinds: ReadonlyMap<string, { name: string; kind: '' | '=' | '?' }>,
  all: [string, string | true][],
  queue: string[],
  text: string,
): void {
  const number = kinds.get('#');
  if (number !== undefined && /^-\d+$/.test(word)) {
    all.push([number.name, word.slice(1)]);
    return;
  }
  for (let at = 1; at < word.length; at++) {
    const found = kinds.get(word[at] ?? '');
    if (found === undefined) throw unknownOption(`-${word[at]}`, text);
    if (found.kind === '') all.push([found.name, true]);
    else {
      const attached = word.slice(at + 1);
      all.push([found.name, attached !== '' ? attached : found.kind === '=' ? (queue.shift() ?? '') : true]);
      return;
    }
  }
}
