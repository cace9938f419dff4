import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import git from 'isomorphic-git';
import { readStandardInput } from '../standard-io.ts';
import { changes, isConflicted } from './changes.ts';
import { GitFailure } from './failure.ts';
import { add } from './index-commands.ts';
import { parseWords, type Words } from './options.ts';
import { shortStat, summaryText } from './patch.ts';
import { type Repository, shortId } from './repository.ts';
import { status } from './status.ts';
import { pairsOf, type Side } from './trees.ts';

const SPEC = [
  'm,message=',
  'F,file=',
  'a,all',
  'amend',
  'no-edit',
  'q,quiet',
  'allow-empty',
  'allow-empty-message',
  'author=',
  'date=',
  'n,no-verify',
  'C,reuse-message=',
  's,signoff',
  'v,verbose',
  'no-gpg-sign',
  'S?',
];

export const mergeHeadFile = (repository: Repository): string => path.join(repository.gitdir, 'MERGE_HEAD');

function mergeHeads(repository: Repository): string[] {
  try {
    return fs.readFileSync(mergeHeadFile(repository), 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

async function messageOf(repository: Repository, options: Words, old: string | undefined): Promise<string> {
  const parts = options.all.filter(([name]) => name === 'm').map(([, value]) => String(value));
  const file = options.value('F');
  let text: string;
  if (parts.length > 0) text = parts.join('\n\n');
  else if (file !== undefined)
    text = file === '-' ? readStandardInput().toString() : fs.readFileSync(file, 'utf8');
  else if (options.value('C') !== undefined)
    text = (await repository.commit(await repository.resolve(options.value('C') ?? ''))).message;
  else if (old !== undefined && options.has('no-edit')) text = old;
  else text = await edited(repository, old ?? prepared(repository));
  const lines = text.split('\n').map((line) => line.trimEnd());
  const cleaned = lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  if (cleaned === '' && !options.has('allow-empty-message'))
    throw new GitFailure('Aborting commit due to empty commit message.', 1, '');
  if (!options.has('s')) return `${cleaned}\n`;
  const { name, email } = await repository.person('COMMITTER');
  return `${cleaned}\n\nSigned-off-by: ${name} <${email}>\n`;
}

function prepared(repository: Repository): string {
  try {
    return fs.readFileSync(path.join(repository.gitdir, 'MERGE_MSG'), 'utf8');
  } catch {
    return '';
  }
}

/** Lets the user write the message in $GIT_EDITOR, core.editor, $VISUAL or $EDITOR. */
async function edited(repository: Repository, text: string): Promise<string> {
  const editor =
    process.env['GIT_EDITOR'] ??
    (await repository.config('core.editor')) ??
    process.env['VISUAL'] ??
    process.env['EDITOR'];
  if (editor === undefined)
    throw new GitFailure(
      'no editor is set (GIT_EDITOR, core.editor, VISUAL, EDITOR): supply the message using -m or -F',
      1,
      'error: ',
    );
  const file = path.join(repository.gitdir, 'COMMIT_EDITMSG');
  fs.writeFileSync(
    file,
    `${text}\n# Please enter the commit message for your changes. Lines starting\n# with '#' will be ignored, and an empty message aborts the commit.\n`,
  );
  const { status: code } = spawnSync('sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit' });
  if (code !== 0) throw new GitFailure(`There was a problem with the editor '${editor}'.`, 1, 'error: ');
  return fs.readFileSync(file, 'utf8').replace(/^#.*\n?/gm, '');
}

export async function commit(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(args, SPEC, 'git commit [-a] [-m <msg>] [--amend] [--] [<pathspec>...]');
  if (options.has('S')) throw new GitFailure('signing commits is not supported', 128);
  if (options.has('a')) await add(repository, ['-u']);
  const paths = [...options.words, ...(options.paths ?? [])];
  if (paths.length > 0) await add(repository, ['--', ...paths]);
  if ((await isConflicted(repository)).length > 0)
    throw new GitFailure(
      "Committing is not possible because you have unmerged files.\nhint: Fix them up in the work tree, and then use 'git add/rm <file>'\nhint: as appropriate to mark resolution and make a commit.\nfatal: Exiting because of an unresolved conflict.",
      128,
      'error: ',
    );
  const head = await repository.head();
  const amended = options.has('amend') && head !== undefined ? await repository.commit(head) : undefined;
  if (options.has('amend') && head === undefined) throw new GitFailure('You have nothing to amend.');
  const merging = mergeHeads(repository);
  const staged = (await changes(repository)).some((row) => row.staged !== ' ');
  if (!staged && amended === undefined && merging.length === 0 && !options.has('allow-empty')) {
    await status(repository, []);
    return 1;
  }
  const committer = await repository.person('COMMITTER');
  const message = await messageOf(repository, options, amended?.message);
  const author = await authorOf(repository, options, amended?.author);
  const parent = amended?.parent ?? [...(head === undefined ? [] : [head]), ...merging];
  const oid = await git.commit({ ...repository.args, message, author, committer, parent });
  for (const name of ['MERGE_HEAD', 'MERGE_MSG', 'MERGE_MODE'])
    fs.rmSync(path.join(repository.gitdir, name), { force: true });
  if (!options.has('q')) await report(repository, oid, parent[0]);
  return 0;
}

async function authorOf(
  repository: Repository,
  options: Words,
  old: { name: string; email: string; timestamp: number; timezoneOffset: number } | undefined,
): Promise<Awaited<ReturnType<Repository['person']>>> {
  const date = options.value('date');
  if (date !== undefined) process.env['GIT_AUTHOR_DATE'] = date;
  const given = options.value('author');
  const match = /^(.*?)\s*<(.*)>$/.exec(given ?? '');
  if (given !== undefined && match === null)
    throw new GitFailure(`--author '${given}' is not 'Name <email>' and matches no existing author`);
  const person = old ?? (await repository.person('AUTHOR'));
  return match ? { ...person, name: match[1] ?? '', email: match[2] ?? '' } : person;
}

/** `[main (root-commit) 1234567] subject`, what changed, and files that came and went. */
async function report(repository: Repository, oid: string, parent: string | undefined): Promise<void> {
  const { message, parent: parents, author, committer } = await repository.commit(oid);
  const branch = (await repository.branch()) ?? 'detached HEAD';
  const root = parent === undefined ? ' (root-commit)' : '';
  process.stdout.write(`[${branch}${root} ${shortId(oid)}] ${message.split('\n')[0]}\n`);
  if (author.name !== committer.name || author.email !== committer.email)
    process.stdout.write(` Author: ${author.name} <${author.email}>\n`);
  if (parents.length > 1) return;
  const from: Side = parent === undefined ? 'nothing' : { tree: parent };
  const pairs = await pairsOf(repository, from, { tree: oid }, []);
  process.stdout.write(shortStat(pairs));
  process.stdout.write(summaryText(pairs));
}
