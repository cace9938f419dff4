/** Pairs of file versions: of two commits, of a commit and the index, of the index and the working tree. */
import git, { type WalkerEntry } from 'isomorphic-git';
import type { FilePair, FileVersion } from './patch.ts';
import type { Repository } from './repository.ts';

export type Side = { readonly tree: string } | 'index' | 'working tree' | 'nothing';

function walkerOf(side: Side): ReturnType<typeof git.TREE> | undefined {
  if (side === 'nothing') return undefined;
  if (side === 'index') return git.STAGE();
  return side === 'working tree' ? git.WORKDIR() : git.TREE({ ref: side.tree });
}

const modeText = (mode: number): string => mode.toString(8).padStart(6, '0');

async function versionOf(
  repository: Repository,
  entry: WalkerEntry | null | undefined,
): Promise<FileVersion | undefined> {
  if (!entry || (await entry.type()) !== 'blob') return undefined;
  const oid = await entry.oid();
  const mode = modeText(await entry.mode());
  let content = await entry.content();
  // The index has no contents of its own.
  if (content === undefined && oid !== undefined)
    content = (await git.readBlob({ ...repository.args, oid })).blob;
  return { oid, mode, content: content ?? new Uint8Array() };
}

/** Files that differ, by name; `within` limits them to paths from the root. */
export async function pairsOf(
  repository: Repository,
  from: Side,
  to: Side,
  within: readonly string[],
): Promise<FilePair[]> {
  const [a, b] = [walkerOf(from), walkerOf(to)];
  // Files that nobody tracks are no part of a diff with the working tree.
  const tracked = to === 'working tree' ? new Set(await git.listFiles({ ...repository.args })) : undefined;
  const walkers = [a, b].filter((walker) => walker !== undefined);
  const wanted = (path: string): boolean =>
    within.length === 0 ||
    within.some(
      (one) => one === '.' || path === one || path.startsWith(`${one}/`) || one.startsWith(`${path}/`),
    );
  const pairs: FilePair[] = [];
  await git.walk({
    ...repository.args,
    trees: walkers,
    map: async (path, entries) => {
      if (path === '.') return undefined;
      if (!wanted(path)) return null;
      const [x, y] = a === undefined ? [null, entries[0]] : b === undefined ? [entries[0], null] : entries;
      const types = [await x?.type(), await y?.type()];
      if (!types.includes('blob')) {
        // A folder without tracked files is not walked.
        const empty =
          tracked !== undefined && x === null && ![...tracked].some((one) => one.startsWith(`${path}/`));
        return empty ? null : undefined;
      }
      if (tracked !== undefined && x === null && !tracked.has(path)) return null;
      const [idA, idB] = [await x?.oid(), await y?.oid()];
      const sameMode = !x || !y || (await x.mode()) === (await y.mode());
      if (idA === idB && sameMode) return undefined;
      pairs.push({ path, before: await versionOf(repository, x), after: await versionOf(repository, y) });
      return undefined;
    },
  });
  return pairs
    .filter(({ before, after }) => before !== undefined || after !== undefined)
    .sort((one, two) => (one.path < two.path ? -1 : 1));
}
