/** git over isomorphic-git: the commands that people use, in git's own words and statuses. */
import { branch } from './git/branch.ts';
import { checkout, switchBranch } from './git/checkout.ts';
import { merge } from './git/merge.ts';
import { stash } from './git/stash.ts';
import { tag } from './git/tag.ts';
import { commit } from './git/commit.ts';
import { diff } from './git/diff.ts';
import { GitFailure } from './git/failure.ts';
import { add, clean, mv, reset, restore, rm } from './git/index-commands.ts';
import { log, revList, show } from './git/log.ts';
import {
  catFile,
  checkIgnore,
  config,
  hashObject,
  init,
  lsFiles,
  lsTree,
  mergeBase,
  revParse,
  symbolicRef,
} from './git/plumbing.ts';
import { clone, fetch, pull, push, remote } from './git/remotes.ts';
import { Repository } from './git/repository.ts';
import { status } from './git/status.ts';
import { runCommand } from './ending.ts';

type Command = (repository: Repository, args: readonly string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  add,
  branch,
  checkout,
  clean,
  commit,
  diff,
  fetch,
  log,
  merge,
  mv,
  pull,
  push,
  remote,
  reset,
  restore,
  rm,
  show,
  stash,
  status,
  tag,
  stage: add,
  switch: switchBranch,
  'cat-file': catFile,
  'check-ignore': checkIgnore,
  'ls-files': lsFiles,
  'ls-tree': lsTree,
  'merge-base': mergeBase,
  'rev-list': revList,
  'rev-parse': revParse,
  'symbolic-ref': symbolicRef,
};
const ELSEWHERE = ['clone', 'config', 'hash-object', 'init'];
/** What it says it is: isomorphic-git's pinned version stands behind it. */
const VERSION = 'git version 2.39.5 (isomorphic-git 1.44.19)';
const USAGE = `usage: git [-C <path>] [-c <name>=<value>] <command> [<args>]

Commands: ${[...Object.keys(COMMANDS), ...ELSEWHERE].sort().join(' ')}
Remotes are reached over http and https; GIT_CORS_PROXY or http.corsProxy names a proxy for those that a browser may not ask.
`;

async function main(words: readonly string[]): Promise<number> {
  const args = [...words];
  const overrides = new Map<string, string>();
  for (let word = args[0]; word?.startsWith('-'); word = args[0]) {
    args.shift();
    if (word === '-C') process.chdir(args.shift() ?? '.');
    else if (word === '-c') {
      const [name = '', ...value] = (args.shift() ?? '').split('=');
      overrides.set(name.toLowerCase(), value.length > 0 ? value.join('=') : 'true');
    } else if (word === '--version' || word === '-v') {
      process.stdout.write(`${VERSION}\n`);
      return 0;
    } else if (word === '--help' || word === '-h') {
      process.stdout.write(USAGE);
      return 0;
    } else if (
      !['--no-pager', '-P', '-p', '--paginate', '--no-optional-locks', '--literal-pathspecs'].includes(word)
    ) {
      process.stderr.write(`unknown option: ${word}\n${USAGE}`);
      return 129;
    }
  }
  const [name, ...rest] = args;
  if (name === undefined || name === 'help') {
    process.stdout.write(USAGE);
    return name === undefined ? 1 : 0;
  }
  if (name === 'version') return await main(['--version']);
  const find = (): Promise<Repository> => Repository.find(overrides);
  if (name === 'init') return await init(rest);
  if (name === 'clone') return await clone(rest, overrides);
  if (name === 'config') return await config(find, rest);
  if (name === 'hash-object') return await hashObject(find, rest);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined)
    throw new GitFailure(`'${name}' is not a git command. See 'git --help'.`, 1, 'git: ');
  return await command(await find(), rest);
}

runCommand(
  () => main(process.argv.slice(1)),
  (error) =>
    error instanceof GitFailure
      ? { status: error.status, text: `${error.label}${error.message}\n` }
      : undefined,
);
