/** init, config, rev-parse, ls-files, ls-tree, cat-file, hash-object, merge-base, symbolic-ref, check-ignore. */
import fs from 'node:fs';
import path from 'node:path';
import git from 'isomorphic-git';
import { readStandardInput } from '../standard-io.ts';
import { changes, untracked } from './changes.ts';
import { GitFailure } from './failure.ts';
import { stagedIds } from './index-commands.ts';
import { parseWords } from './options.ts';
import { globalConfig, globalConfigFile, type Repository, shortId } from './repository.ts';
import { quotedPath } from './status.ts';

export async function init(args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['b,initial-branch=', 'q,quiet', 'bare', 'template='],
    'git init [-q] [--bare] [-b <branch-name>] [<directory>]',
  );
  const dir = path.resolve(options.words[0] ?? '.');
  const gitdir = options.has('bare') ? dir : path.join(dir, '.git');
  const existed = fs.existsSync(path.join(gitdir, 'HEAD'));
  fs.mkdirSync(dir, { recursive: true });
  const defaultBranch = options.value('b') ?? globalConfig('init.defaultBranch') ?? 'master';
  if (!existed) await git.init({ fs, dir, gitdir, bare: options.has('bare'), defaultBranch });
  if (!options.has('q'))
    process.stdout.write(
      `${existed ? 'Reinitialized existing' : 'Initialized empty'} Git repository in ${fs.realpathSync(gitdir)}/\n`,
    );
  return 0;
}

const CONFIG_SPEC = [
  'global',
  'local',
  'system',
  'get',
  'unset',
  'unset-all',
  'l,list',
  'add',
  'get-all',
  'bool',
  'int',
  'type=',
  'default=',
  'replace-all',
];

export async function config(find: () => Promise<Repository>, args: readonly string[]): Promise<number> {
  const options = parseWords(args, CONFIG_SPEC, 'git config [<options>]');
  const [name, value] = options.words;
  if (options.has('global')) return await globalSetting(name, value, options.has('unset'), options.has('l'));
  if (options.has('l')) {
    const repository = await find();
    printConfig(readConfig(globalConfigFile()));
    printConfig(readConfig(path.join(repository.gitdir, 'config')));
    return 0;
  }
  if (name === undefined)
    throw new GitFailure('wrong number of arguments, should be from 1 to 2', 129, 'error: ');
  if (!name.includes('.')) throw new GitFailure(`key does not contain a section: ${name}`, 1, 'error: ');
  if (value !== undefined || options.has('unset')) {
    const repository = await find();
    await git.setConfig({
      ...repository.args,
      path: name,
      value: options.has('unset') ? undefined : value,
      append: options.has('add'),
    });
    return 0;
  }
  const found = await find().then(
    (repository) => repository.config(name),
    () => globalConfig(name),
  );
  const shown = found ?? options.value('default');
  if (shown === undefined) return 1;
  process.stdout.write(`${shown}\n`);
  return 0;
}

function readConfig(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

function printConfig(text: string): void {
  let section = '';
  for (const line of text.split('\n')) {
    const head = /^\s*\[\s*([\w.-]+)(?:\s+"(.*)")?\s*\]/.exec(line);
    if (head) section = [head[1]?.toLowerCase(), head[2]].filter((part) => part !== undefined).join('.');
    const entry = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (entry) process.stdout.write(`${section}.${entry[1]?.toLowerCase()}=${entry[2]}\n`);
  }
}

/** ~/.gitconfig by isomorphic-git too: a folder whose configuration it is. */
async function globalSetting(
  name: string | undefined,
  value: string | undefined,
  unset: boolean,
  all: boolean,
): Promise<number> {
  const file = globalConfigFile();
  if (all) {
    printConfig(readConfig(file));
    return 0;
  }
  if (name === undefined)
    throw new GitFailure('wrong number of arguments, should be from 1 to 2', 129, 'error: ');
  if (value === undefined && !unset) {
    const found = globalConfig(name);
    if (found === undefined) return 1;
    process.stdout.write(`${found}\n`);
    return 0;
  }
  const parts = name.split('.');
  const key = parts.pop() ?? '';
  const [section = '', ...sub] = parts;
  const head = sub.length > 0 ? `[${section} "${sub.join('.')}"]` : `[${section}]`;
  const lines = readConfig(file).split('\n');
  let at = lines.findIndex((line) => line.trim().toLowerCase() === head.toLowerCase());
  if (at < 0) {
    if (unset) return 5;
    if (lines.at(-1) === '') lines.pop();
    lines.push(head, `\t${key} = ${value}`, '');
  } else {
    const same = (line: string | undefined): boolean => new RegExp(`^\\s*${key}\\s*=`, 'i').test(line ?? '');
    for (
      at++;
      at < lines.length && !lines[at]?.trim().startsWith('[') && !same(lines[at]) && lines[at]?.trim() !== '';
      at++
    );
    lines.splice(at, same(lines[at]) ? 1 : 0, ...(unset ? [] : [`\t${key} = ${value}`]));
  }
  fs.writeFileSync(file, lines.join('\n'));
  return 0;
}

export async function revParse(repository: Repository, args: readonly string[]): Promise<number> {
  let short = false;
  let abbreviated = false;
  let quiet = false;
  for (const word of args) {
    const say = (text: string): void => void process.stdout.write(`${text}\n`);
    if (word === '--show-toplevel') say(repository.dir);
    else if (word === '--git-dir') say(repository.prefix === '' ? '.git' : repository.gitdir);
    else if (word === '--absolute-git-dir') say(repository.gitdir);
    else if (word === '--is-inside-work-tree') say('true');
    else if (
      word === '--is-bare-repository' ||
      word === '--is-inside-git-dir' ||
      word === '--is-shallow-repository'
    )
      say('false');
    else if (word === '--show-prefix') say(repository.prefix === '' ? '' : `${repository.prefix}/`);
    else if (word === '--show-cdup')
      say(path.relative(repository.prefix, '') === '' ? '' : `${path.relative(repository.prefix, '')}/`);
    else if (word.startsWith('--short')) short = true;
    else if (word === '--abbrev-ref') abbreviated = true;
    else if (word === '--quiet' || word === '-q') quiet = true;
    else if (word === '--verify' || word === '--') continue;
    else if (word.startsWith('-')) throw new GitFailure(`unknown option \`${word}'`, 129, 'error: ');
    else if (abbreviated) say(word === 'HEAD' ? ((await repository.branch()) ?? 'HEAD') : word);
    else {
      const oid = await repository.tryResolve(word);
      if (oid === undefined) {
        if (quiet) return 1;
        if (args.includes('--verify')) throw new GitFailure('Needed a single revision');
        say(word);
        await repository.resolve(word);
      }
      say(short ? shortId(oid ?? '') : (oid ?? ''));
    }
  }
  return 0;
}

const modeText = (mode: number): string => mode.toString(8).padStart(6, '0');

export async function lsFiles(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    [
      'c,cached',
      'd,deleted',
      'm,modified',
      'o,others',
      's,stage',
      'z',
      'exclude-standard',
      'error-unmatch',
      'i,ignored',
      't',
    ],
    'git ls-files [<options>] [<file>...]',
  );
  const end = options.has('z') ? '\0' : '\n';
  const given = [...options.words, ...(options.paths ?? [])].map((one) => repository.inside(one));
  const base = repository.prefix;
  const shown = (file: string): boolean =>
    given.length === 0
      ? base === '' || file.startsWith(`${base}/`)
      : given.some((one) => one === '.' || file === one || file.startsWith(`${one}/`));
  const print = (files: readonly string[]): void => {
    for (const file of files.filter(shown))
      process.stdout.write(`${quotedPath(repository.outside(file), end)}${end}`);
  };
  const listed = await git.listFiles({ ...repository.args });
  if (options.has('error-unmatch')) {
    for (const one of given)
      if (!listed.some((file) => file === one || file.startsWith(`${one}/`)))
        throw new GitFailure(
          `pathspec '${one}' did not match any file(s) known to git\nDid you forget to 'git add'?`,
          1,
          'error: ',
        );
  }
  if (options.has('s')) {
    for (const [file, { oid, mode }] of [...(await stagedIds(repository))].sort())
      if (shown(file)) process.stdout.write(`${modeText(mode)} ${oid} 0\t${repository.outside(file)}${end}`);
    return 0;
  }
  const rows = options.has('o') || options.has('m') || options.has('d') ? await changes(repository) : [];
  if (options.has('o')) print(await untracked(repository, rows, true));
  if (options.has('m'))
    print(rows.filter((row) => row.unstaged === 'M' || row.unstaged === 'D').map((row) => row.path));
  if (options.has('d')) print(rows.filter((row) => row.unstaged === 'D').map((row) => row.path));
  if (options.has('c') || rows.length === 0)
    if (!options.has('o') && !options.has('m') && !options.has('d')) print(listed);
  return 0;
}

export async function lsTree(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['r', 'name-only', 'd', 't', 'l,long', 'z'],
    'git ls-tree [<options>] <tree-ish> [<path>...]',
  );
  const oid = await repository.resolve(`${options.words[0] ?? 'HEAD'}`);
  const list = async (tree: string, prefix: string): Promise<void> => {
    for (const entry of (await git.readTree({ ...repository.args, oid: tree })).tree) {
      const name = prefix + entry.path;
      if (options.has('r') && entry.type === 'tree') await list(entry.oid, `${name}/`);
      else
        process.stdout.write(
          options.has('name-only')
            ? `${name}\n`
            : `${entry.mode.padStart(6, '0')} ${entry.type} ${entry.oid}\t${name}\n`,
        );
    }
  };
  await list(oid, '');
  return 0;
}

export async function catFile(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['p', 't', 's', 'e'],
    'git cat-file (-p | -t | -s | -e | <type>) <object>',
  );
  const name = options.words.at(-1) ?? '';
  const file = /^(.*?):(.*)$/.exec(name);
  const read = file
    ? {
        type: 'blob',
        object: await repository.blobAt(await repository.resolve(file[1] || 'HEAD'), file[2] ?? ''),
      }
    : await git
        .readObject({
          ...repository.args,
          oid: (await repository.tryResolve(name)) ?? name,
          format: 'content',
        })
        .catch(() => ({ type: '', object: undefined }));
  if (read.object === undefined) {
    if (options.has('e')) return 1;
    throw new GitFailure(`Not a valid object name ${name}`);
  }
  const bytes = read.object as Uint8Array;
  if (options.has('t')) process.stdout.write(`${read.type}\n`);
  else if (options.has('s')) process.stdout.write(`${bytes.length}\n`);
  else if (options.has('p') && read.type === 'tree') await lsTree(repository, [name]);
  else if (!options.has('e')) process.stdout.write(bytes);
  return 0;
}

export async function hashObject(find: () => Promise<Repository>, args: readonly string[]): Promise<number> {
  const options = parseWords(args, ['w', 'stdin', 't='], 'git hash-object [-w] [--stdin] <file>...');
  const contents = [
    ...(options.has('stdin') ? [readStandardInput()] : []),
    ...options.words.map((file) => fs.readFileSync(file)),
  ];
  for (const blob of contents) {
    const oid = options.has('w')
      ? await git.writeBlob({ ...(await find()).args, blob })
      : (await git.hashBlob({ object: blob })).oid;
    process.stdout.write(`${oid}\n`);
  }
  return 0;
}

export async function mergeBase(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(args, ['a,all', 'is-ancestor'], 'git merge-base <commit> <commit>');
  const oids = await Promise.all(options.words.map((name) => repository.resolve(name)));
  const found = (await git.findMergeBase({ ...repository.args, oids })) as string[];
  if (options.has('is-ancestor')) return found.includes(oids[0] ?? '') ? 0 : 1;
  process.stdout.write((options.has('a') ? found : found.slice(0, 1)).map((oid) => `${oid}\n`).join(''));
  return found.length > 0 ? 0 : 1;
}

export async function symbolicRef(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(args, ['short', 'q,quiet'], 'git symbolic-ref [<options>] <name> [<ref>]');
  const [name = 'HEAD', value] = options.words;
  if (value !== undefined) {
    await git.writeRef({ ...repository.args, ref: name, value, symbolic: true, force: true });
    return 0;
  }
  const full = await git.currentBranch({ ...repository.args, fullname: true, test: false });
  if (full === undefined || name !== 'HEAD') throw new GitFailure(`ref ${name} is not a symbolic ref`, 128);
  process.stdout.write(`${options.has('short') ? full.replace('refs/heads/', '') : full}\n`);
  return 0;
}

export async function checkIgnore(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['q,quiet', 'v,verbose', 'no-index'],
    'git check-ignore [<options>] <pathname>...',
  );
  let found = false;
  for (const word of [...options.words, ...(options.paths ?? [])]) {
    if (!(await git.isIgnored({ ...repository.args, filepath: repository.inside(word) }))) continue;
    found = true;
    if (!options.has('q')) process.stdout.write(`${word}\n`);
  }
  return found ? 0 : 1;
}
