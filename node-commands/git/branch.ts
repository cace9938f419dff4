/** branch: list, make, rename and delete branches, and what they follow. */
import git from 'isomorphic-git';
import { GitFailure } from './failure.ts';
import { parseWords } from './options.ts';
import { type Repository, shortId } from './repository.ts';

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

export async function makeBranch(
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
