/** tag. */
import git from 'isomorphic-git';
import { GitFailure } from './failure.ts';
import { parseWords } from './options.ts';
import { type Repository, shortId } from './repository.ts';

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
