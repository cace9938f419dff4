import { parseWords, type Words } from './options.ts';
import { counts, type FilePair, patchText, shortStat, statText } from './patch.ts';
import type { Repository } from './repository.ts';
import { pairsOf, type Side } from './trees.ts';

export const DIFF_SPEC = [
  'cached,staged',
  'stat?',
  'shortstat',
  'numstat',
  'name-only',
  'name-status',
  'p,patch,u',
  'U,unified=',
  'color?',
  'no-color',
  'q,quiet',
  'exit-code',
  's,no-patch',
  'w',
  'b',
  'summary',
  'M?',
  'no-renames',
  'no-ext-diff',
  'z',
  'diff-filter=',
];
const TEXT = 'git diff [<options>] [<commit>] [--] [<path>...]';

export function wantsColor(options: Words): boolean {
  if (options.has('no-color')) return false;
  const when = options.flags.get('color');
  return when === undefined || when === 'auto' ? process.stdout.isTTY === true : when !== 'never';
}

/** Prints pairs in the form that the options ask for; patches where they ask for none. */
export function printPairs(given: readonly FilePair[], options: Words): void {
  const filter = options.value('diff-filter');
  const pairs = filter === undefined ? given : given.filter((pair) => filter.includes(letterOf(pair)));
  const out: string[] = [];
  if (options.has('stat')) out.push(statText(pairs));
  else if (options.has('shortstat')) out.push(shortStat(pairs));
  else if (options.has('numstat'))
    out.push(...pairs.map((pair) => `${counts(pair)?.join('\t') ?? '-\t-'}\t${pair.path}\n`));
  else if (options.has('name-only')) out.push(...pairs.map(({ path }) => `${path}\n`));
  else if (options.has('name-status')) out.push(...pairs.map((pair) => `${letterOf(pair)}\t${pair.path}\n`));
  if (out.length === 0 || options.has('p')) {
    if (out.length > 0 && out.join('') !== '') out.push('\n');
    const context = options.value('U');
    const style = {
      color: wantsColor(options),
      ...(context === undefined ? {} : { context: Number(context) }),
    };
    const none =
      ['stat', 'shortstat', 'numstat', 'name-only', 'name-status'].some((name) => options.has(name)) &&
      !options.has('p');
    if (!none) out.push(...pairs.map((pair) => patchText(pair, style)));
  }
  process.stdout.write(out.join(''));
}

const letterOf = ({ before, after }: FilePair): string =>
  before === undefined ? 'A' : after === undefined ? 'D' : 'M';

export async function diff(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(args, DIFF_SPEC, TEXT);
  const revisions: string[] = [];
  const paths = [...(options.paths ?? [])];
  for (const word of options.words) {
    const [from, to] = word.split(/\.{2,3}/);
    if (/\.\./.test(word) && (await repository.tryResolve(from || 'HEAD')) !== undefined)
      revisions.push(from || 'HEAD', to || 'HEAD');
    else if (paths.length === 0 && (await repository.tryResolve(word)) !== undefined) revisions.push(word);
    else paths.push(word);
  }
  const trees = await Promise.all(
    revisions.map(async (name): Promise<Side> => ({ tree: await repository.resolve(name) })),
  );
  const head: Side =
    (await repository.head()) === undefined ? 'nothing' : { tree: await repository.resolve('HEAD') };
  const [first, second] = trees;
  const from: Side = first ?? (options.has('cached') ? head : 'index');
  const to: Side = second ?? (options.has('cached') ? 'index' : 'working tree');
  const pairs = await pairsOf(
    repository,
    from,
    to,
    paths.map((path) => repository.inside(path)),
  );
  if (!options.has('q')) printPairs(pairs, options);
  return (options.has('exit-code') || options.has('q')) && pairs.length > 0 ? 1 : 0;
}
