/** add, rm, mv, restore, reset, clean: what changes the index and the working tree. */
import fs from 'node:fs';
import path from 'node:path';
import git from 'isomorphic-git';
import { changes, untracked } from './changes.ts';
import { GitFailure } from './failure.ts';
import { parseWords } from './options.ts';
import { type Repository, shortId } from './repository.ts';

const within = (file: string, wanted: readonly string[]): boolean =>
  wanted.some((one) => one === '.' || file === one || file.startsWith(`${one}/`));

export async function add(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['A,all', 'u,update', 'f,force', 'v,verbose', 'n,dry-run', 'N,intent-to-add'],
    'git add [<options>] [--] <pathspec>...',
  );
  const given = [...options.words, ...(options.paths ?? [])].map((one) => repository.inside(one));
  if (given.length === 0 && !options.has('A') && !options.has('u')) {
    process.stderr.write("Nothing specified, nothing added.\nhint: Maybe you wanted to say 'git add .'?\n");
    return 0;
  }
  const wanted = given.length > 0 ? given : ['.'];
  const tracked = await git.listFiles({ ...repository.args });
  for (const one of given) {
    const there = fs.existsSync(path.join(repository.dir, one));
    if (!there && !tracked.some((file) => within(file, [one])))
      throw new GitFailure(`pathspec '${repository.outside(one)}' did not match any files`);
    if (
      there &&
      one !== '.' &&
      !options.has('f') &&
      !tracked.some((file) => within(file, [one])) &&
      (await git.isIgnored({ ...repository.args, filepath: one }))
    )
      throw new GitFailure(
        `The following paths are ignored by one of your .gitignore files:\n${one}\nhint: Use -f if you really want to add them.`,
        1,
        '',
      );
  }
  const rows = (await changes(repository, wanted)).filter(
    ({ path: file, unstaged }) => unstaged !== ' ' && within(file, wanted),
  );
  const forced = options.has('f') ? given.filter((one) => !rows.some((row) => within(row.path, [one]))) : [];
  for (const row of rows) {
    if (options.has('u') && row.unstaged === '?') continue;
    if (options.has('v') || options.has('n'))
      process.stdout.write(`${row.unstaged === 'D' ? 'remove' : 'add'} '${row.path}'\n`);
    if (options.has('n')) continue;
    if (row.unstaged === 'D') await git.remove({ ...repository.args, filepath: row.path });
    else await git.add({ ...repository.args, filepath: row.path, force: true });
  }
  for (const one of forced) await git.add({ ...repository.args, filepath: one, force: true });
  return 0;
}

export async function rm(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['r', 'f,force', 'cached', 'q,quiet', 'n,dry-run', 'ignore-unmatch'],
    'git rm [<options>] [--] <file>...',
  );
  const tracked = await git.listFiles({ ...repository.args });
  for (const given of [...options.words, ...(options.paths ?? [])]) {
    const one = repository.inside(given);
    const files = tracked.filter((file) => within(file, [one]));
    if (files.length === 0) {
      if (options.has('ignore-unmatch')) continue;
      throw new GitFailure(`pathspec '${given}' did not match any files`);
    }
    if (!files.includes(one) && !options.has('r'))
      throw new GitFailure(`not removing '${given}' recursively without -r`);
    if (!options.has('f')) await refuseChanged(repository, files, options.has('cached'));
    for (const file of files) {
      if (!options.has('q')) process.stdout.write(`rm '${file}'\n`);
      if (options.has('n')) continue;
      await git.remove({ ...repository.args, filepath: file });
      if (options.has('cached')) continue;
      fs.rmSync(path.join(repository.dir, file), { force: true });
      removeEmptyFolders(repository, path.dirname(file));
    }
  }
  return 0;
}

async function refuseChanged(
  repository: Repository,
  files: readonly string[],
  cached: boolean,
): Promise<void> {
  const rows = (await changes(repository, files)).filter(({ path: file }) => files.includes(file));
  const local = rows.filter(({ unstaged }) => unstaged === 'M');
  const staged = rows.filter((row) => row.staged !== ' ' && row.staged !== 'D');
  const say = (list: readonly { path: string }[], what: string, hint: string): never => {
    const many = list.length > 1;
    throw new GitFailure(
      `the following file${many ? 's have' : ' has'} ${what}:\n${list.map((row) => `    ${row.path}`).join('\n')}\n(${hint})`,
      1,
      'error: ',
    );
  };
  if (cached) return;
  if (staged.length > 0)
    say(staged, 'changes staged in the index', 'use --cached to keep the file, or -f to force removal');
  if (local.length > 0)
    say(local, 'local modifications', 'use --cached to keep the file, or -f to force removal');
}

function removeEmptyFolders(repository: Repository, folder: string): void {
  if (folder === '.' || folder === '') return;
  try {
    fs.rmdirSync(path.join(repository.dir, folder));
  } catch {
    return; // not empty
  }
  removeEmptyFolders(repository, path.dirname(folder));
}

export async function mv(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['f,force', 'k', 'n,dry-run', 'v,verbose'],
    'git mv [<options>] <source>... <destination>',
  );
  const words = [...options.words, ...(options.paths ?? [])];
  const target = words.pop();
  if (target === undefined || words.length === 0)
    throw new GitFailure('git mv [<options>] <source>... <destination>', 129, 'usage: ');
  const tracked = await git.listFiles({ ...repository.args });
  const isFolder = fs.statSync(path.resolve(target), { throwIfNoEntry: false })?.isDirectory() ?? false;
  for (const source of words) {
    const from = repository.inside(source);
    const to = repository.inside(isFolder ? path.join(target, path.basename(source)) : target);
    const files = tracked.filter((file) => within(file, [from]));
    const refuse = (why: string): GitFailure => new GitFailure(`${why}, source=${from}, destination=${to}`);
    if (!fs.existsSync(path.join(repository.dir, from))) throw refuse('bad source');
    if (files.length === 0) throw refuse('not under version control');
    if (fs.existsSync(path.join(repository.dir, to)) && !options.has('f')) throw refuse('destination exists');
    if (options.has('v') || options.has('n')) process.stdout.write(`Renaming ${from} to ${to}\n`);
    if (options.has('n')) continue;
    fs.renameSync(path.join(repository.dir, from), path.join(repository.dir, to));
    for (const file of files) {
      await git.remove({ ...repository.args, filepath: file });
      await git.add({
        ...repository.args,
        filepath: file === from ? to : path.join(to, path.relative(from, file)),
        force: true,
      });
    }
  }
  return 0;
}

/** Index entries become those of a commit. */
async function unstage(repository: Repository, files: readonly string[], ref: string): Promise<void> {
  for (const filepath of files) await git.resetIndex({ ...repository.args, filepath, ref });
}

async function namesIn(repository: Repository, ref: string | undefined): Promise<string[]> {
  const staged = await git.listFiles({ ...repository.args });
  const committed = ref === undefined ? [] : await git.listFiles({ ...repository.args, ref });
  return [...new Set([...staged, ...committed])];
}

export async function restore(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['S,staged', 'W,worktree', 's,source=', 'q,quiet'],
    'git restore [<options>] [--source=<branch>] <file>...',
  );
  const given = [...options.words, ...(options.paths ?? [])].map((one) => repository.inside(one));
  if (given.length === 0) throw new GitFailure('you must specify path(s) to restore');
  const source = options.value('s');
  const ref = source === undefined ? 'HEAD' : await repository.resolve(source);
  const names = (await namesIn(repository, (await repository.head()) === undefined ? undefined : ref)).filter(
    (file) => within(file, given),
  );
  for (const one of given)
    if (!names.some((file) => within(file, [one])))
      throw new GitFailure(
        `pathspec '${repository.outside(one)}' did not match any file(s) known to git`,
        1,
        'error: ',
      );
  if (options.has('S')) await unstage(repository, names, ref);
  if (!options.has('S') || options.has('W'))
    await writeFiles(repository, names, source === undefined ? undefined : ref);
  return 0;
}

/** Files of the working tree become those of the index, or of a commit. */
export async function writeFiles(
  repository: Repository,
  names: readonly string[],
  ref: string | undefined,
): Promise<void> {
  if (ref !== undefined) {
    for (const file of names) {
      const content = await repository.blobAt(ref, file);
      const target = path.join(repository.dir, file);
      if (content === undefined) fs.rmSync(target, { force: true });
      else {
        fs.mkdirSync(path.dirname(target), { recursive: true });
        fs.writeFileSync(target, content);
      }
    }
    return;
  }
  const ids = await stagedIds(repository, new Set(names));
  for (const [file, { oid, mode }] of ids) {
    const { blob } = await git.readBlob({ ...repository.args, oid });
    const target = path.join(repository.dir, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.rmSync(target, { force: true, recursive: true });
    if (mode === 0o120000) fs.symlinkSync(Buffer.from(blob).toString(), target);
    else fs.writeFileSync(target, blob, { mode: mode === 0o100755 ? 0o755 : 0o644 });
    // The index knows the file's times, so that it counts as unchanged.
    await git.updateIndex({ ...repository.args, filepath: file, oid, mode, add: true });
  }
}

export async function stagedIds(
  repository: Repository,
  names?: ReadonlySet<string>,
): Promise<Map<string, { oid: string; mode: number }>> {
  const found = new Map<string, { oid: string; mode: number }>();
  await git.walk({
    ...repository.args,
    trees: [git.STAGE()],
    map: async (file, [entry]) => {
      if (!entry || (await entry.type()) !== 'blob' || (names !== undefined && !names.has(file))) return;
      found.set(file, { oid: (await entry.oid()) ?? '', mode: await entry.mode() });
    },
  });
  return found;
}

export async function reset(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['soft', 'mixed', 'hard', 'q,quiet', 'keep', 'merge'],
    'git reset [--mixed | --soft | --hard] [<commit>]   or: git reset [<tree-ish>] [--] <path>...',
  );
  const [first, ...others] = options.words;
  const isCommit = first !== undefined && (await repository.tryResolve(first)) !== undefined;
  const paths = [
    ...(isCommit || first === undefined ? others : [first, ...others]),
    ...(options.paths ?? []),
  ];
  const head = await repository.head();
  const target = isCommit ? await repository.resolve(first) : head;
  if (paths.length > 0) {
    const given = paths.map((one) => repository.inside(one));
    const names = (await namesIn(repository, target)).filter((file) => within(file, given));
    if (names.length === 0) await repository.resolve(paths[0] ?? '');
    if (target === undefined)
      for (const filepath of names) await git.remove({ ...repository.args, filepath });
    else await unstage(repository, names, target);
    await sayUnstaged(repository, options.has('q'));
    return 0;
  }
  if (target === undefined) {
    for (const filepath of await git.listFiles({ ...repository.args }))
      await git.remove({ ...repository.args, filepath });
    return 0;
  }
  const before = await namesIn(repository, target);
  await moveHead(repository, target);
  fs.rmSync(path.join(repository.gitdir, 'MERGE_HEAD'), { force: true });
  if (options.has('soft')) return 0;
  if (options.has('hard')) {
    await git.checkout({ ...repository.args, ref: target, force: true, noUpdateHead: true });
    const kept = new Set(await git.listFiles({ ...repository.args, ref: target }));
    for (const file of before.filter((one) => !kept.has(one))) {
      await git.remove({ ...repository.args, filepath: file });
      fs.rmSync(path.join(repository.dir, file), { force: true });
      removeEmptyFolders(repository, path.dirname(file));
    }
    const { message } = await repository.commit(target);
    if (!options.has('q'))
      process.stdout.write(`HEAD is now at ${shortId(target)} ${message.split('\n')[0]}\n`);
    return 0;
  }
  await unstage(repository, before, target);
  await sayUnstaged(repository, options.has('q'));
  return 0;
}

async function sayUnstaged(repository: Repository, quiet: boolean): Promise<void> {
  if (quiet) return;
  const rows = (await changes(repository)).filter(({ unstaged }) => unstaged === 'M' || unstaged === 'D');
  if (rows.length > 0)
    process.stdout.write(
      `Unstaged changes after reset:\n${rows.map((row) => `${row.unstaged}\t${row.path}\n`).join('')}`,
    );
}

/** Moves the current branch, or HEAD itself where it stands on none. */
export async function moveHead(repository: Repository, oid: string): Promise<void> {
  const branch = await git.currentBranch({ ...repository.args, fullname: true });
  await git.writeRef({ ...repository.args, ref: branch ?? 'HEAD', value: oid, force: true });
}

export async function clean(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['f,force', 'd', 'n,dry-run', 'q,quiet', 'x', 'X'],
    'git clean [-d] [-f] [-n] [-q]',
  );
  if (!options.has('f') && !options.has('n'))
    throw new GitFailure(
      'clean.requireForce defaults to true and neither -i, -n, nor -f given; refusing to clean',
    );
  for (const file of await untracked(repository, await changes(repository), false)) {
    if (file.endsWith('/') && !options.has('d')) continue;
    if (!options.has('q') || options.has('n'))
      process.stdout.write(`${options.has('n') ? 'Would remove' : 'Removing'} ${repository.outside(file)}\n`);
    if (!options.has('n')) fs.rmSync(path.join(repository.dir, file), { recursive: true, force: true });
  }
  return 0;
}
