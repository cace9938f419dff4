/** branch, checkout, switch, tag, merge, stash. */
import fs from 'node:fs';
import path from 'node:path';
import git, { Errors } from 'isomorphic-git';
import { changes } from './changes.ts';
import { mergeHeadFile } from './commit.ts';
import { GitFailure } from './failure.ts';
import { moveHead, reset, restore } from './index-commands.ts';
import { parseWords } from './options.ts';
import { type FilePair, statText, summaryText } from './patch.ts';
import { type Repository, shortId } from './repository.ts';
import { upstreamOf } from './status.ts';
import { pairsOf } from './trees.ts';

export async function branch(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    [
      'd,delete',
      'D',
      'm,move',
      'M',
      'a,all',
      'r,remotes',
      'v,verbose',
      'show-current',
      'f,force',
      'l,list',
      'u,set-upstream-to=',
      'q,quiet',
      'contains=',
      'no-color',
      'color?',
      'format=',
    ],
    'git branch [<options>] [<branch> [<start-point>]]',
  );
  const [name, start] = options.words;
  const current = await repository.branch();
  if (options.has('show-current')) {
    if (current !== undefined) process.stdout.write(`${current}\n`);
    return 0;
  }
  const upstream = options.value('u');
  if (upstream !== undefined) {
    const [remote = '', ...rest] = upstream.split('/');
    const target = name ?? current ?? '';
    await setUpstream(repository, target, remote, rest.join('/'));
    process.stdout.write(`branch '${target}' set up to track '${upstream}'.\n`);
    return 0;
  }
  if (options.has('d') || options.has('D'))
    return await deleteBranches(repository, options.words, options.has('D'));
  if (options.has('m') || options.has('M')) {
    const [old, ref] = start === undefined ? [current ?? '', name ?? ''] : [name ?? '', start];
    await git.renameBranch({ ...repository.args, oldref: old, ref, checkout: old === current });
    return 0;
  }
  if (name !== undefined && !options.has('l')) {
    await makeBranch(repository, name, start, options.has('f'));
    return 0;
  }
  await listBranches(repository, current, {
    local: !options.has('r'),
    remote: options.has('a') || options.has('r'),
    verbose: options.has('v'),
  });
  return 0;
}

async function makeBranch(
  repository: Repository,
  name: string,
  start: string | undefined,
  force: boolean,
): Promise<void> {
  if ((await repository.tryResolve(`refs/heads/${name}`)) !== undefined && !force)
    throw new GitFailure(`a branch named '${name}' already exists`);
  const from = start ?? 'HEAD';
  const oid = await repository.tryResolve(from);
  if (oid === undefined)
    throw new GitFailure(
      start === undefined
        ? `not a valid object name: '${(await repository.branch()) ?? 'HEAD'}'`
        : `not a valid object name: '${from}'`,
    );
  await git.writeRef({ ...repository.args, ref: `refs/heads/${name}`, value: oid, force: true });
}

async function deleteBranches(
  repository: Repository,
  names: readonly string[],
  force: boolean,
): Promise<number> {
  const current = await repository.branch();
  let result = 0;
  for (const name of names) {
    const oid = await repository.tryResolve(`refs/heads/${name}`);
    const fail = (message: string): void => {
      process.stderr.write(`error: ${message}\n`);
      result = 1;
    };
    if (oid === undefined) fail(`branch '${name}' not found.`);
    else if (name === current) fail(`Cannot delete branch '${name}' checked out at '${repository.dir}'`);
    else if (
      !force &&
      !(await git.log({ ...repository.args, ref: 'HEAD' })).some((entry) => entry.oid === oid)
    )
      fail(
        `The branch '${name}' is not fully merged.\nIf you are sure you want to delete it, run 'git branch -D ${name}'.`,
      );
    else {
      await git.deleteBranch({ ...repository.args, ref: name });
      process.stdout.write(`Deleted branch ${name} (was ${shortId(oid)}).\n`);
    }
  }
  return result;
}

async function listBranches(
  repository: Repository,
  current: string | undefined,
  which: { local: boolean; remote: boolean; verbose: boolean },
): Promise<void> {
  const rows: [mark: string, name: string, ref: string][] = [];
  if (which.local) {
    if (current === undefined)
      rows.push(['*', `(HEAD detached at ${shortId((await repository.head()) ?? '')})`, 'HEAD']);
    for (const name of (await git.listBranches({ ...repository.args })).sort())
      rows.push([name === current ? '*' : ' ', name, `refs/heads/${name}`]);
  }
  if (which.remote)
    for (const { remote } of await git.listRemotes({ ...repository.args }))
      for (const name of (await git.listBranches({ ...repository.args, remote })).sort())
        if (name !== 'HEAD')
          rows.push([
            ' ',
            `${which.local ? 'remotes/' : ''}${remote}/${name}`,
            `refs/remotes/${remote}/${name}`,
          ]);
  const width = Math.max(0, ...rows.map(([, name]) => name.length));
  for (const [mark, name, ref] of rows) {
    const oid = which.verbose ? await repository.tryResolve(ref) : undefined;
    const more =
      oid === undefined
        ? ''
        : `${' '.repeat(width - name.length)} ${shortId(oid)} ${(await repository.commit(oid)).message.split('\n')[0]}`;
    process.stdout.write(`${mark} ${name}${more}\n`);
  }
}

export async function setUpstream(
  repository: Repository,
  name: string,
  remote: string,
  theirs: string,
): Promise<void> {
  await git.setConfig({ ...repository.args, path: `branch.${name}.remote`, value: remote });
  await git.setConfig({ ...repository.args, path: `branch.${name}.merge`, value: `refs/heads/${theirs}` });
}

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

export async function tag(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['a,annotate', 'm,message=', 'd,delete', 'f,force', 'l,list', 'n?', 's', 'sort='],
    'git tag [-a] [-f] [-m <msg>] <tagname> [<commit>]',
  );
  const [name, target] = options.words;
  if (options.has('d')) {
    for (const one of options.words) {
      const oid = await repository.tryResolve(`refs/tags/${one}`);
      if (oid === undefined) throw new GitFailure(`tag '${one}' not found.`, 1, 'error: ');
      await git.deleteTag({ ...repository.args, ref: one });
      process.stdout.write(`Deleted tag '${one}' (was ${shortId(oid)})\n`);
    }
    return 0;
  }
  if (name === undefined || options.has('l')) {
    for (const one of (await git.listTags({ ...repository.args })).sort()) process.stdout.write(`${one}\n`);
    return 0;
  }
  if ((await repository.tryResolve(`refs/tags/${name}`)) !== undefined && !options.has('f'))
    throw new GitFailure(`tag '${name}' already exists`);
  const object = await repository.resolve(target ?? 'HEAD');
  const message = options.value('m');
  if (message === undefined && !options.has('a'))
    await git.tag({ ...repository.args, ref: name, object, force: options.has('f') });
  else if (message === undefined) throw new GitFailure('no tag message: supply it using -m');
  else
    await git.annotatedTag({
      ...repository.args,
      ref: name,
      object,
      message,
      tagger: await repository.person('COMMITTER'),
      force: options.has('f'),
    });
  return 0;
}

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
  const dirty = (await changes(repository)).filter((row) => row.staged !== ' ' || row.unstaged === 'M');
  if (ours === undefined) {
    await moveHead(repository, theirs);
    await git.checkout({ ...repository.args, force: true, noUpdateHead: true, ref: theirs });
    return 0;
  }
  if (dirty.length > 0)
    throw new GitFailure(
      `Your local changes to the following files would be overwritten by merge:\n${dirty.map((row) => `\t${row.path}\n`).join('')}Please commit your changes or stash them before you merge.\nAborting`,
      1,
      'error: ',
    );
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
  const kind =
    (await repository.tryResolve(`refs/remotes/${name}`)) !== undefined ? 'remote-tracking branch' : 'branch';
  const into = branchName === 'master' || branchName === 'main' ? '' : ` into ${branchName}`;
  const message = options.message ?? `Merge ${kind} '${name}'${into}\n`;
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
    fs.writeFileSync(mergeHeadFile(repository), `${theirs}\n`);
    fs.writeFileSync(path.join(repository.gitdir, 'MERGE_MSG'), message);
    const { filepaths } = error.data as { filepaths: string[] };
    for (const file of filepaths) nameSides(path.join(repository.dir, file), theirs, name);
    for (const file of filepaths)
      process.stdout.write(`Auto-merging ${file}\nCONFLICT (content): Merge conflict in ${file}\n`);
    process.stdout.write('Automatic merge failed; fix conflicts and then commit the result.\n');
    return 1;
  }
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

export async function stash(repository: Repository, args: readonly string[]): Promise<number> {
  const [verb = 'push', ...rest] = args[0]?.startsWith('-') ? ['push', ...args] : args;
  const options = parseWords(
    rest,
    ['m,message=', 'q,quiet', 'u,include-untracked', 'index'],
    'git stash [push | pop | apply | list | drop | clear]',
  );
  const index = Number(/(\d+)\}?$/.exec(options.words[0] ?? '0')?.[1] ?? 0);
  const head = await repository.resolve('HEAD');
  switch (verb) {
    case 'push':
    case 'save': {
      if (options.has('u'))
        throw new GitFailure('untracked files are not stashed: --include-untracked is not supported');
      const dirty = (await changes(repository)).filter(
        (row) => row.staged !== ' ' || row.unstaged === 'M' || row.unstaged === 'D',
      );
      if (dirty.length === 0) {
        process.stdout.write('No local changes to save\n');
        return 0;
      }
      const message = options.value('m') ?? (verb === 'save' ? options.words[0] : undefined);
      const { name, email } = await repository.person('COMMITTER');
      await asPerson(repository, { 'user.name': name, 'user.email': email }, () =>
        git.stash({ ...repository.args, op: 'push', ...(message === undefined ? {} : { message }) }),
      );
      const branchName = (await repository.branch()) ?? '(no branch)';
      const about =
        message === undefined
          ? `WIP on ${branchName}: ${shortId(head)} ${(await repository.commit(head)).message.split('\n')[0]}`
          : `On ${branchName}: ${message}`;
      if (!options.has('q')) process.stdout.write(`Saved working directory and index state ${about}\n`);
      return 0;
    }
    case 'list': {
      const list = (await git.stash({ ...repository.args, op: 'list' })) as unknown;
      const lines = Array.isArray(list)
        ? list.map(String)
        : String(list ?? '')
            .split('\n')
            .filter((line) => line !== '');
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
      return 0;
    }
    case 'pop':
    case 'apply':
    case 'drop':
      await git.stash({ ...repository.args, op: verb, refIdx: index });
      if (verb !== 'apply' && !options.has('q')) process.stdout.write(`Dropped refs/stash@{${index}}\n`);
      return 0;
    case 'clear':
      await git.stash({ ...repository.args, op: 'clear' });
      return 0;
    default:
      throw new GitFailure(
        `subcommand wasn't specified; 'push' can't be assumed due to unexpected token '${verb}'`,
      );
  }
}

/** isomorphic-git takes the person who stashes from the repository's own settings alone. */
async function asPerson(
  repository: Repository,
  settings: Readonly<Record<string, string>>,
  action: () => Promise<unknown>,
): Promise<void> {
  const missing: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    if ((await git.getConfig({ ...repository.args, path: name })) !== undefined) continue;
    missing.push(name);
    await git.setConfig({ ...repository.args, path: name, value });
  }
  try {
    await action();
  } finally {
    for (const name of missing) await git.setConfig({ ...repository.args, path: name, value: undefined });
  }
}
