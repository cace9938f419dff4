/** stash. */
import git from 'isomorphic-git';
import { changes } from './changes.ts';
import { GitFailure } from './failure.ts';
import { parseWords } from './options.ts';
import { type Repository, shortId } from './repository.ts';

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
