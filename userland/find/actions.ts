import { Accounts } from '../files/accounts.ts';
import { errorText } from '../program/errors.ts';
import { runChild, spawnChild, waitForChild } from '../program/child.ts';
import { confirm } from '../files/confirm.ts';
import { Output } from '../program/output.ts';
import { check, complain } from '../files/per-file.ts';
import { baseName, dirName } from '../files/paths.ts';
import { Failure, type ProgramContext } from '../program/program.ts';
import { isDirectory, isLink, modeString } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';
import { strftime, zoneOf } from '../text/time.ts';
import type { Candidate, Predicate } from './expression.ts';
import { formatter } from './format.ts';
import type { Words } from './parse.ts';

const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC
/** Bytes of paths that one `-exec … +` takes: GNU's 128 KB, well below ARG_MAX. */
const BATCH_BYTES = 128 * 1024;

/** The action that a word stands for, or undefined when it is none. */
export function actionOf(words: Words, word: string): Predicate | undefined {
  const { context } = words;
  switch (word) {
    case '-prune':
      return (_candidate, walk) => ((walk.prune = true), true);
    case '-quit':
      words.acts = true;
      return (_candidate, walk) => ((walk.quit = true), true);
    case '-print':
    case '-print0':
      return printing(words, context.stdout, ({ path }) => path + (word === '-print' ? '\n' : '\0'));
    case '-printf':
      return printing(words, context.stdout, formatter(context, words.argument(word)));
    case '-ls':
      return printing(words, context.stdout, lister(context));
    case '-fprint':
    case '-fprint0':
    case '-fprintf': {
      const path = words.argument(word);
      const output = new Output(
        context.system,
        check(context.system.files.open(path, CREATE_TRUNCATE, 0o666), path),
      );
      words.finishers.push(() => (output.flush(), !output.failed));
      if (word === '-fprintf') return printing(words, output, formatter(context, words.argument(word)));
      return printing(words, output, (candidate) => candidate.path + (word === '-fprint' ? '\n' : '\0'));
    }
    case '-delete':
      words.acts = true;
      words.options.depthFirst = true;
      return deletion(context);
    case '-exec':
    case '-execdir':
    case '-ok':
    case '-okdir':
      words.acts = true;
      return execution(words, word);
  }
  return undefined;
}

function printing(words: Words, output: Output, text: (candidate: Candidate) => string): Predicate {
  words.acts = true;
  return (candidate, walk) => {
    output.write(text(candidate));
    if (output.failed) walk.quit = true;
    return true;
  };
}

function deletion(context: ProgramContext): Predicate {
  const { files } = context.system;
  return ({ path, status: found }, walk) => {
    if (path === '.') return true;
    const result = isDirectory(found) ? files.rmdir(path) : files.unlink(path);
    if (result >= 0) return true;
    complain(context, `cannot delete '${path}': ${errorText(result)}`);
    walk.failed = true;
    return false;
  };
}

/** `-exec COMMAND ;` for each file, `-exec COMMAND {} +` for many at once; -execdir in the file's folder, -ok asks. */
function execution(words: Words, word: string): Predicate {
  const { context } = words;
  const command: string[] = [];
  const inFolder = word.endsWith('dir');
  for (;;) {
    const argument = words.next();
    if (argument === undefined) throw new Failure(`missing argument to \`${word}'`);
    if (argument === ';') break;
    if (argument === '+' && command.at(-1) === '{}')
      return inFolder ? each(context, command, true, false) : batched(words, command.slice(0, -1));
    command.push(argument);
  }
  if (command.length === 0) throw new Failure(`invalid argument \`;' to \`${word}'`);
  return each(context, command, inFolder, word.startsWith('-ok'));
}

function each(
  context: ProgramContext,
  command: readonly string[],
  inFolder: boolean,
  asks: boolean,
): Predicate {
  return ({ path }) => {
    const named = inFolder ? `./${baseName(path)}` : path;
    const argv = command.map((argument) => argument.replaceAll('{}', () => named));
    if (asks && !confirm({ ...context, name: '<' }, `${argv.join(' ')} ... ${path} > ?`)) return false;
    const pid = spawnChild(context, argv, {
      ...(inFolder && { cwd: dirName(path) }),
      ...(asks && { stdin: { kind: 'null' } }),
    });
    if (pid < 0) {
      complain(context, `'${argv[0]}': ${errorText(pid)}`);
      return false;
    }
    return waitForChild(context, pid) === 0;
  };
}

function batched(words: Words, command: readonly string[]): Predicate {
  const { context } = words;
  let paths: string[] = [];
  let bytes = 0;
  let ok = true;
  const run = (): void => {
    if (paths.length === 0) return;
    const argv = [...command, ...paths];
    paths = [];
    bytes = 0;
    try {
      if (runChild(context, argv) !== 0) ok = false;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      complain(context, error.message);
      ok = false;
    }
  };
  words.finishers.push(() => (run(), ok));
  return ({ path }) => {
    paths.push(path);
    bytes += path.length + 1;
    if (bytes >= BATCH_BYTES) run();
    return true;
  };
}

const WIDTHS = { inode: 9, blocks: 6, links: 3, owner: 8, size: 8 } as const;

function lister(context: ProgramContext): (candidate: Candidate) => string {
  const accounts = new Accounts(context.system.files);
  const zone = zoneOf(context.env);
  return ({ path, status: found }) => {
    const target = isLink(found) ? context.system.files.readlink(path) : 0;
    return (
      [
        String(found.ino).padStart(WIDTHS.inode),
        String(Math.ceil(found.blocks / 2)).padStart(WIDTHS.blocks),
        modeString(found.mode),
        String(found.nlink).padStart(WIDTHS.links),
        accounts.user(found.uid).padEnd(WIDTHS.owner),
        accounts.group(found.gid).padEnd(WIDTHS.owner),
        String(found.size).padStart(WIDTHS.size),
        strftime('%b %e  %Y', found.mtime.seconds, 0, zone),
        path + (typeof target === 'number' ? '' : ` -> ${decodeText(target)}`),
      ].join(' ') + '\n'
    );
  };
}
