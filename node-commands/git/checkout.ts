/** checkout and switch. */
import fs from 'node:fs';
import path from 'node:path';
import git, { Errors } from 'isomorphic-git';
import { makeBranch, setUpstream } from './branch.ts';
import { GitFailure } from './failure.ts';
import { restore } from './index-commands.ts';
import { parseWords } from './options.ts';
import { type Repository, shortId } from './repository.ts';

export async function checkout(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['b=', 'B=', 'q,quiet', 'f,force', 'detach', 't,track', 'orphan='],
    'git checkout [<options>] <branch>   or: git checkout [<options>] [<branch>] -- <file>...',
  );
  const [first, ...rest] = options.words;
  const made = options.value('b') ?? options.value('B');
  if (made !== undefined) {
    if ((await repository.head()) === undefined && first === undefined) await unborn(repository, made);
    else {
      await makeBranch(repository, made, first, options.has('B'));
      await switchTo(repository, made, options.has('f'));
    }
    if (!options.has('q')) process.stderr.write(`Switched to a new branch '${made}'\n`);
    return 0;
  }
  const orphan = options.value('orphan');
  if (orphan !== undefined) {
    await unborn(repository, orphan);
    process.stderr.write(`Switched to a new branch '${orphan}'\n`);
    return 0;
  }
  const isRevision =
    first !== undefined &&
    ((await repository.tryResolve(first)) !== undefined ||
      (await remoteBranch(repository, first)) !== undefined);
  if (options.paths !== undefined || rest.length > 0 || (first !== undefined && !isRevision)) {
    const source = isRevision ? first : undefined;
    const paths = [
      ...(isRevision || first === undefined ? rest : [first, ...rest]),
      ...(options.paths ?? []),
    ];
    if (options.paths === undefined && !isRevision) await requireKnown(repository, paths);
    return await restore(repository, [
      ...(source === undefined ? [] : ['--staged', '--worktree', `--source=${source}`]),
      '--',
      ...paths,
    ]);
  }
  return await goTo(repository, first ?? 'HEAD', {
    quiet: options.has('q'),
    force: options.has('f'),
    detach: options.has('detach'),
  });
}

async function requireKnown(repository: Repository, paths: readonly string[]): Promise<void> {
  const tracked = await git.listFiles({ ...repository.args });
  for (const given of paths) {
    const one = repository.inside(given);
    if (one !== '.' && !tracked.some((file) => file === one || file.startsWith(`${one}/`)))
      throw new GitFailure(`pathspec '${given}' did not match any file(s) known to git`, 1, 'error: ');
  }
}

async function unborn(repository: Repository, name: string): Promise<void> {
  await git.writeRef({
    ...repository.args,
    ref: 'HEAD',
    value: `refs/heads/${name}`,
    symbolic: true,
    force: true,
  });
}

async function remoteBranch(
  repository: Repository,
  name: string,
): Promise<{ remote: string; oid: string } | undefined> {
  for (const { remote } of await git.listRemotes({ ...repository.args })) {
    const oid = await repository.tryResolve(`refs/remotes/${remote}/${name}`);
    if (oid !== undefined) return { remote, oid };
  }
  return undefined;
}

interface Move {
  readonly quiet: boolean;
  readonly force: boolean;
  readonly detach: boolean;
}

async function goTo(repository: Repository, given: string, { quiet, force, detach }: Move): Promise<number> {
  const say = (text: string): void => {
    if (!quiet) process.stderr.write(text);
  };
  const previousFile = path.join(repository.gitdir, 'OAC_PREVIOUS_HEAD');
  const here = (await repository.branch()) ?? (await repository.head()) ?? '';
  const name =
    given === '-' ? (fs.existsSync(previousFile) ? fs.readFileSync(previousFile, 'utf8') : 'HEAD') : given;
  const isBranch = (await repository.tryResolve(`refs/heads/${name}`)) !== undefined;
  const theirs = isBranch ? undefined : await remoteBranch(repository, name);
  if (isBranch && !detach) {
    if (name === (await repository.branch())) say(`Already on '${name}'\n`);
    else {
      await switchTo(repository, name, force);
      fs.writeFileSync(previousFile, here);
      say(`Switched to branch '${name}'\n`);
    }
  } else if (theirs !== undefined && (await repository.tryResolve(name)) === undefined) {
    await git.writeRef({ ...repository.args, ref: `refs/heads/${name}`, value: theirs.oid });
    await setUpstream(repository, name, theirs.remote, name);
    await switchTo(repository, name, force);
    process.stdout.write(`branch '${name}' set up to track '${theirs.remote}/${name}'.\n`);
    say(`Switched to a new branch '${name}'\n`);
  } else {
    const oid = await repository.resolve(`${name}^{}`);
    await switchTo(repository, oid, force);
    fs.writeFileSync(previousFile, here);
    say(
      `${detach ? '' : `Note: switching to '${name}'.\n\nYou are in 'detached HEAD' state.\n\n`}HEAD is now at ${shortId(oid)} ${(await repository.commit(oid)).message.split('\n')[0]}\n`,
    );
  }
  return 0;
}

async function switchTo(repository: Repository, ref: string, force: boolean): Promise<void> {
  try {
    await git.checkout({ ...repository.args, ref, force, track: false });
  } catch (error) {
    if (!(error instanceof Errors.CheckoutConflictError)) throw error;
    const files = error.data.filepaths.map((file) => `\t${file}\n`).join('');
    throw new GitFailure(
      `Your local changes to the following files would be overwritten by checkout:\n${files}Please commit your changes or stash them before you switch branches.\nAborting`,
      1,
      'error: ',
    );
  }
}

export async function switchBranch(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['c,create=', 'C=', 'd,detach', 'q,quiet', 'f,force', 'discard-changes', 'orphan='],
    'git switch [<options>] [<branch>]',
  );
  const [name] = options.words;
  const made = options.value('c') ?? options.value('C');
  const quiet = options.has('q') ? ['-q'] : [];
  if (made !== undefined)
    return await checkout(repository, [...quiet, options.has('C') ? '-B' : '-b', made, ...options.words]);
  if (options.value('orphan') !== undefined)
    return await checkout(repository, ['--orphan', options.value('orphan') ?? '']);
  if (name === undefined) throw new GitFailure('missing branch or commit argument');
  const known =
    name === '-' ||
    (await repository.tryResolve(`refs/heads/${name}`)) !== undefined ||
    (await remoteBranch(repository, name)) !== undefined;
  if (!known && !options.has('d')) {
    if ((await repository.tryResolve(name)) === undefined) throw new GitFailure(`invalid reference: ${name}`);
    throw new GitFailure(`a branch is expected, got commit '${name}'`);
  }
  return await goTo(repository, name, {
    quiet: options.has('q'),
    force: options.has('f') || options.has('discard-changes'),
    detach: options.has('d'),
  });
}
