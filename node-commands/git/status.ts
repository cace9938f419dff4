import fs from 'node:fs';
import path from 'node:path';
import git from 'isomorphic-git';
import { changes, type FileChange, isConflicted, untracked } from './changes.ts';
import { parseWords } from './options.ts';
import type { Repository } from './repository.ts';

const SPEC = ['s,short', 'porcelain?', 'b,branch', 'u,untracked-files?', 'long', 'z', 'v,verbose', 'ignored'];
const TEXT = 'git status [-s | --short | --porcelain] [-b] [-u[no|normal|all]] [--] [<pathspec>...]';

/** Commits that each side has and the other has not. */
export async function aheadBehind(
  repository: Repository,
  ours: string,
  theirs: string,
): Promise<[number, number]> {
  const reachable = async (oid: string): Promise<Set<string>> =>
    new Set((await git.log({ ...repository.args, ref: oid })).map((entry) => entry.oid));
  const [a, b] = [await reachable(ours), await reachable(theirs)];
  return [[...a].filter((oid) => !b.has(oid)).length, [...b].filter((oid) => !a.has(oid)).length];
}

export async function upstreamOf(
  repository: Repository,
  branch: string,
): Promise<{ remote: string; branch: string } | undefined> {
  const remote = await repository.config(`branch.${branch}.remote`);
  const merge = await repository.config(`branch.${branch}.merge`);
  return remote === undefined || merge === undefined
    ? undefined
    : { remote, branch: merge.replace('refs/heads/', '') };
}

export async function status(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(args, SPEC, TEXT);
  const given = [...options.words, ...(options.paths ?? [])];
  const all = await changes(
    repository,
    given.length > 0 ? given.map((one) => repository.inside(one)) : undefined,
  );
  const mode = options.value('u');
  const unknown =
    mode === 'no' ? [] : await untracked(repository, all, options.has('u') && mode !== 'normal');
  const conflicts = new Set(await isConflicted(repository));
  const short = options.has('s') || options.has('porcelain');
  if (short)
    printShort(
      repository,
      all,
      unknown,
      conflicts,
      options.has('porcelain'),
      options.has('z') ? '\0' : '\n',
      options.has('b') ? await branchLine(repository) : undefined,
    );
  else await printLong(repository, all, unknown, conflicts);
  return 0;
}

async function branchLine(repository: Repository): Promise<string> {
  const branch = await repository.branch();
  if ((await repository.head()) === undefined) return `No commits yet on ${branch ?? 'HEAD'}`;
  if (branch === undefined) return 'HEAD (no branch)';
  const upstream = await upstreamOf(repository, branch);
  if (upstream === undefined) return branch;
  const theirs = await repository.tryResolve(`refs/remotes/${upstream.remote}/${upstream.branch}`);
  const [ahead, behind] =
    theirs === undefined ? [0, 0] : await aheadBehind(repository, await repository.resolve('HEAD'), theirs);
  const counts = [ahead > 0 ? `ahead ${ahead}` : '', behind > 0 ? `behind ${behind}` : '']
    .filter((text) => text !== '')
    .join(', ');
  return `${branch}...${upstream.remote}/${upstream.branch}${counts === '' ? '' : ` [${counts}]`}`;
}

function printShort(
  repository: Repository,
  all: readonly FileChange[],
  unknown: readonly string[],
  conflicts: ReadonlySet<string>,
  fromRoot: boolean,
  end: string,
  branch: string | undefined,
): void {
  if (branch !== undefined) process.stdout.write(`## ${branch}${end}`);
  const shown = (file: string): string => quotedPath(fromRoot ? file : repository.outside(file), end);
  for (const { path: file, staged, unstaged } of all) {
    if (conflicts.has(file)) process.stdout.write(`UU ${shown(file)}${end}`);
    else if (unstaged !== '?' || staged !== ' ')
      process.stdout.write(`${staged}${unstaged === '?' ? ' ' : unstaged} ${shown(file)}${end}`);
  }
  for (const file of unknown) process.stdout.write(`?? ${shown(file)}${end}`);
}

/** As git quotes names with unusual characters. */
export function quotedPath(name: string, end = '\n'): string {
  if (end === '\0' || !/[\x00-\x1f"\\\x7f-\uffff ]/.test(name)) return name;
  if (!/[\x00-\x1f"\\\x7f-\uffff]/.test(name)) return end === '\n' && name.includes(' ') ? `"${name}"` : name;
  const bytes = [...Buffer.from(name)].map((byte) => {
    if (byte === 34 || byte === 92) return `\\${String.fromCharCode(byte)}`;
    if (byte === 9) return '\\t';
    if (byte === 10) return '\\n';
    return byte < 32 || byte > 126 ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte);
  });
  return `"${bytes.join('')}"`;
}

const VERBS = { A: 'new file:   ', M: 'modified:   ', D: 'deleted:    ' } as const;

async function printLong(
  repository: Repository,
  all: readonly FileChange[],
  unknown: readonly string[],
  conflicts: ReadonlySet<string>,
): Promise<void> {
  const head = await repository.head();
  const merging = fs.existsSync(path.join(repository.gitdir, 'MERGE_HEAD'));
  const out = [...(await branchLines(repository, head)), ...mergeLines(merging, conflicts.size > 0)];
  const staged = all.filter((one) => one.staged !== ' ' && !conflicts.has(one.path));
  const unstaged = all.filter(
    (one) => one.unstaged !== ' ' && one.unstaged !== '?' && !conflicts.has(one.path),
  );
  const line = (file: string, state: string): string =>
    `\t${VERBS[state as keyof typeof VERBS]}${repository.outside(file)}`;
  if (staged.length > 0) {
    const hint =
      head === undefined
        ? '  (use "git rm --cached <file>..." to unstage)'
        : '  (use "git restore --staged <file>..." to unstage)';
    out.push('Changes to be committed:', hint, ...staged.map((one) => line(one.path, one.staged)), '');
  }
  if (conflicts.size > 0)
    out.push(
      'Unmerged paths:',
      '  (use "git add <file>..." to mark resolution)',
      ...[...conflicts].map((file) => `\tboth modified:   ${repository.outside(file)}`),
      '',
    );
  if (unstaged.length > 0) {
    const verb = unstaged.some((one) => one.unstaged === 'D') ? 'add/rm' : 'add';
    out.push(
      'Changes not staged for commit:',
      `  (use "git ${verb} <file>..." to update what will be committed)`,
      '  (use "git restore <file>..." to discard changes in working directory)',
      ...unstaged.map((one) => line(one.path, one.unstaged)),
      '',
    );
  }
  if (unknown.length > 0)
    out.push(
      'Untracked files:',
      '  (use "git add <file>..." to include in what will be committed)',
      ...unknown.map((file) => `\t${repository.outside(file)}`),
      '',
    );
  if (staged.length === 0 && conflicts.size === 0 && !merging)
    out.push(closingLine({ head, unstaged: unstaged.length > 0, unknown: unknown.length > 0 }));
  process.stdout.write(`${out.join('\n')}\n`);
}

async function branchLines(repository: Repository, head: string | undefined): Promise<string[]> {
  const branch = await repository.branch();
  const lines = [
    branch === undefined ? `HEAD detached at ${(head ?? '').slice(0, 7)}` : `On branch ${branch}`,
  ];
  if (branch !== undefined && head !== undefined)
    lines.push(...(await trackingLines(repository, branch, head)));
  if (head === undefined) lines.push('', 'No commits yet', '');
  return lines;
}

function mergeLines(merging: boolean, conflicts: boolean): string[] {
  if (!merging) return [];
  if (!conflicts)
    return ['All conflicts fixed but you are still merging.', '  (use "git commit" to conclude merge)', ''];
  return [
    'You have unmerged paths.',
    '  (fix conflicts and run "git commit")',
    '  (use "git merge --abort" to abort the merge)',
    '',
  ];
}

interface Left {
  head: string | undefined;
  unstaged: boolean;
  unknown: boolean;
}

/** What git says last when nothing is ready to be committed. */
function closingLine({ head, unstaged, unknown }: Left): string {
  if (unstaged) return 'no changes added to commit (use "git add" and/or "git commit -a")';
  if (unknown) return 'nothing added to commit but untracked files present (use "git add" to track)';
  if (head === undefined) return 'nothing to commit (create/copy files and use "git add" to track)';
  return 'nothing to commit, working tree clean';
}

async function trackingLines(repository: Repository, branch: string, head: string): Promise<string[]> {
  const upstream = await upstreamOf(repository, branch);
  const theirs =
    upstream && (await repository.tryResolve(`refs/remotes/${upstream.remote}/${upstream.branch}`));
  if (upstream === undefined || theirs === undefined) return [];
  const name = `${upstream.remote}/${upstream.branch}`;
  const [ahead, behind] = await aheadBehind(repository, head, theirs);
  const commits = (count: number): string => `${count} commit${count === 1 ? '' : 's'}`;
  if (ahead > 0 && behind > 0)
    return [
      `Your branch and '${name}' have diverged,`,
      `and have ${ahead} and ${behind} different commits each, respectively.`,
      '  (use "git pull" if you want to integrate the remote branch with yours)',
      '',
    ];
  if (ahead > 0)
    return [
      `Your branch is ahead of '${name}' by ${commits(ahead)}.`,
      '  (use "git push" to publish your local commits)',
      '',
    ];
  if (behind > 0)
    return [
      `Your branch is behind '${name}' by ${commits(behind)}, and can be fast-forwarded.`,
      '  (use "git pull" to update your local branch)',
      '',
    ];
  return [`Your branch is up to date with '${name}'.`, ''];
}
