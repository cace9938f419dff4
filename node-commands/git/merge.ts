/** merge. */
import fs from 'node:fs';
import path from 'node:path';
import git, { Errors } from 'isomorphic-git';
import { changes } from './changes.ts';
import { mergeHeadFile } from './commit.ts';
import { GitFailure } from './failure.ts';
import { moveHead, reset } from './index-commands.ts';
import { parseWords } from './options.ts';
import { type FilePair, statText, summaryText } from './patch.ts';
import { type Repository, shortId } from './repository.ts';
import { upstreamOf } from './status.ts';
import { pairsOf } from './trees.ts';

export async function merge(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['m=', 'ff', 'no-ff', 'ff-only', 'abort', 'q,quiet', 'no-edit', 'no-commit', 'continue', 'squash'],
    'git merge [<options>] [<commit>]',
  );
  if (options.has('squash')) throw new GitFailure('--squash is not supported');
  if (options.has('abort')) {
    if (!fs.existsSync(mergeHeadFile(repository)))
      throw new GitFailure('There is no merge to abort (MERGE_HEAD missing).');
    return await reset(repository, ['--hard', '-q']);
  }
  const [given] = options.words;
  const current = await repository.branch();
  const name = given ?? (await upstreamName(repository, current));
  if (name === undefined) throw new GitFailure('No remote for the current branch.');
  const theirs = await repository.tryResolve(`${name}^{}`);
  if (theirs === undefined) throw new GitFailure(`${name} - not something we can merge`, 1, 'merge: ');
  return await mergeCommit(repository, name, theirs, {
    message: options.value('m'),
    noFastForward: options.has('no-ff'),
    onlyFastForward: options.has('ff-only'),
    quiet: options.has('q'),
  });
}

async function upstreamName(
  repository: Repository,
  current: string | undefined,
): Promise<string | undefined> {
  const upstream = current === undefined ? undefined : await upstreamOf(repository, current);
  return upstream && `${upstream.remote}/${upstream.branch}`;
}

export interface MergeOptions {
  readonly message: string | undefined;
  readonly noFastForward: boolean;
  readonly onlyFastForward: boolean;
  readonly quiet: boolean;
}

export async function mergeCommit(
  repository: Repository,
  name: string,
  theirs: string,
  options: MergeOptions,
): Promise<number> {
  const ours = await repository.head();
  const say = (text: string): void => {
    if (!options.quiet) process.stdout.write(text);
  };
  if (ours === undefined) {
    await moveHead(repository, theirs);
    await git.checkout({ ...repository.args, force: true, noUpdateHead: true, ref: theirs });
    return 0;
  }
  await requireClean(repository);
  const bases = (await git.findMergeBase({ ...repository.args, oids: [ours, theirs] })) as string[];
  if (bases.includes(theirs)) {
    say('Already up to date.\n');
    return 0;
  }
  const forward = bases.includes(ours);
  if (forward && !options.noFastForward) {
    say(`Updating ${shortId(ours)}..${shortId(theirs)}\nFast-forward\n`);
    await moveHead(repository, theirs);
    await git.checkout({ ...repository.args, force: true, noUpdateHead: true, ref: theirs });
    say(changedText(await pairsOf(repository, { tree: ours }, { tree: theirs }, [])));
    return 0;
  }
  if (options.onlyFastForward) throw new GitFailure('Not possible to fast-forward, aborting.');
  const branchName = (await repository.branch()) ?? ours;
  const message = options.message ?? (await mergeMessage(repository, name, branchName));
  const people = {
    author: await repository.person('AUTHOR'),
    committer: await repository.person('COMMITTER'),
  };
  try {
    const result = await git.merge({
      ...repository.args,
      ours: branchName,
      theirs,
      fastForward: false,
      abortOnConflict: false,
      message,
      ...people,
    });
    await git.checkout({
      ...repository.args,
      force: true,
      noUpdateHead: true,
      ref: result.oid ?? branchName,
    });
    say(
      `Merge made by the 'ort' strategy.\n${changedText(await pairsOf(repository, { tree: ours }, { tree: result.oid ?? '' }, []))}`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof Errors.MergeConflictError)) throw error;
    const { filepaths } = error.data as { filepaths: string[] };
    leaveConflicts(repository, filepaths, { name, theirs, message });
    return 1;
  }
}

/** A merge leaves what is not committed alone. */
async function requireClean(repository: Repository): Promise<void> {
  const dirty = (await changes(repository)).filter((row) => row.staged !== ' ' || row.unstaged === 'M');
  if (dirty.length === 0) return;
  throw new GitFailure(
    `Your local changes to the following files would be overwritten by merge:\n${dirty.map((row) => `\t${row.path}\n`).join('')}Please commit your changes or stash them before you merge.\nAborting`,
    1,
    'error: ',
  );
}

async function mergeMessage(repository: Repository, name: string, branch: string): Promise<string> {
  const kind =
    (await repository.tryResolve(`refs/remotes/${name}`)) !== undefined ? 'remote-tracking branch' : 'branch';
  const into = branch === 'master' || branch === 'main' ? '' : ` into ${branch}`;
  return `Merge ${kind} '${name}'${into}\n`;
}

/** The merge waits for its user: what it was about is in the repository, the conflicts are in the files. */
function leaveConflicts(
  repository: Repository,
  filepaths: readonly string[],
  { name, theirs, message }: { name: string; theirs: string; message: string },
): void {
  fs.writeFileSync(mergeHeadFile(repository), `${theirs}\n`);
  fs.writeFileSync(path.join(repository.gitdir, 'MERGE_MSG'), message);
  for (const file of filepaths) nameSides(path.join(repository.dir, file), theirs, name);
  for (const file of filepaths)
    process.stdout.write(`Auto-merging ${file}\nCONFLICT (content): Merge conflict in ${file}\n`);
  process.stdout.write('Automatic merge failed; fix conflicts and then commit the result.\n');
}

const changedText = (pairs: readonly FilePair[]): string => statText(pairs) + summaryText(pairs);

/** The sides of a conflict are called what the user called them. */
function nameSides(file: string, theirs: string, name: string): void {
  if (!fs.existsSync(file)) return;
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(
    file,
    text.replace(/^<{7} .*$/gm, '<<<<<<< HEAD').replaceAll(`>>>>>>> ${theirs}`, `>>>>>>> ${name}`),
  );
}
