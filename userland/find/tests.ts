import { Accounts } from '../files/accounts.ts';
import { errorText } from '../program/errors.ts';
import { globToRegExp } from '../text/glob.ts';
import { parseMode } from '../files/mode.ts';
import { Failure, UsageError } from '../program/program.ts';
import { compile, RegexError } from '../text/regex.ts';
import { FileType, type Instant, isLink, status, type Status, typeOf } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';
import { parseDate } from '../text/date-parser.ts';
import { zoneOf } from '../text/time.ts';
import type { Predicate } from './expression.ts';
import type { Words } from './parse.ts';

const DAY_SECONDS = 86_400;
const MINUTE_SECONDS = 60;
const PERMISSIONS = 0o7777;

const TYPES: Readonly<Record<string, number>> = {
  b: FileType.block,
  c: FileType.character,
  d: FileType.directory,
  f: FileType.regular,
  l: FileType.link,
  p: FileType.fifo,
  s: FileType.socket,
};
const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 512,
  c: 1,
  w: 2,
  k: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
};
const ACCESS: Readonly<Record<string, number>> = { '-readable': 4, '-writable': 2, '-executable': 1 };
const TIMES = { a: 'atime', c: 'ctime', m: 'mtime', B: 'birthtime' } as const;

/** The test that a word stands for, or undefined when it is none. */
export function testOf(words: Words, word: string): Predicate | undefined {
  return nameTest(words, word) ?? timeTest(words, word) ?? statusTest(words, word);
}

function nameTest(words: Words, word: string): Predicate | undefined {
  const { files } = words.context.system;
  switch (word) {
    case '-name':
    case '-iname': {
      const pattern = globToRegExp(words.argument(word), { ignoreCase: word === '-iname' });
      return ({ name }) => pattern.test(name);
    }
    case '-path':
    case '-wholename':
    case '-ipath':
    case '-iwholename': {
      const pattern = globToRegExp(words.argument(word), { ignoreCase: word.startsWith('-i') });
      return ({ path }) => pattern.test(path);
    }
    case '-regex':
    case '-iregex': {
      const pattern = pathRegex(words.argument(word), word === '-iregex');
      return ({ path }) => pattern.test(path);
    }
    case '-lname':
    case '-ilname': {
      const pattern = globToRegExp(words.argument(word), { ignoreCase: word === '-ilname' });
      return ({ path, status: found }) => {
        const target = isLink(found) ? files.readlink(path) : -1;
        return typeof target !== 'number' && pattern.test(decodeText(target));
      };
    }
  }
  return undefined;
}

/** The whole path; find's default syntax is Emacs', which is the extended one with groups and alternatives quoted. */
function pathRegex(pattern: string, ignoreCase: boolean): RegExp {
  try {
    const swapped = pattern.replace(
      /\\([()|])|([()|{}])/g,
      (_whole, quoted?: string, plain?: string) => quoted ?? `\\${plain}`,
    );
    return compile(`^(${swapped})$`, 'extended', ignoreCase ? 'si' : 's');
  } catch (error) {
    if (error instanceof RegexError)
      throw new Failure(`failed to compile regular expression '${pattern}': ${error.message}`);
    throw error;
  }
}

function timeTest(words: Words, word: string): Predicate | undefined {
  const { clock } = words.context.system;
  const now = Math.floor((clock.timeOrigin + clock.now()) / 1000);
  const by = /^-([acm])(time|min)$/.exec(word);
  if (by) {
    const field = TIMES[by[1] as 'a' | 'c' | 'm'];
    const unit = by[2] === 'time' ? DAY_SECONDS : MINUTE_SECONDS;
    const compare = words.number(word);
    return ({ status: found }) => {
      const age = (now - found[field].seconds) / unit;
      return compare(by[2] === 'time' ? Math.floor(age) : Math.ceil(age));
    };
  }
  const newer =
    /^-newer(?:([aBcm])([aBcmt]))?$/.exec(word) ?? (/^-[ac]newer$/.test(word) ? [word, word[1], 'm'] : null);
  if (!newer) return undefined;
  const field = TIMES[(newer[1] ?? 'm') as keyof typeof TIMES];
  const reference = words.argument(word);
  const than =
    newer[2] === 't'
      ? timeGiven(words, reference)
      : requireReference(words, reference)[TIMES[(newer[2] ?? 'm') as keyof typeof TIMES]];
  return ({ status: found }) => later(found[field], than);
}

function timeGiven(words: Words, text: string): Instant {
  const { clock } = words.context.system;
  const found = parseDate(text, clock.timeOrigin + clock.now(), zoneOf(words.context.env));
  if (found === undefined)
    throw new Failure(`I cannot figure out how to interpret '${text}' as a date or time`);
  return found;
}

function later(a: Instant, b: Instant): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);
}

function requireReference(words: Words, path: string): Status {
  const found = status(words.context.system.files, path, true);
  if (typeof found === 'number') throw new Failure(`'${path}': ${errorText(found)}`);
  return found;
}

function statusTest(words: Words, word: string): Predicate | undefined {
  const { files } = words.context.system;
  switch (word) {
    case '-true':
      return () => true;
    case '-false':
      return () => false;
    case '-type':
    case '-xtype':
      return typeTest(words, word);
    case '-size':
      return sizeTest(words, word);
    case '-empty':
      return ({ path, status: found }) => {
        if (typeOf(found) === FileType.regular) return found.size === 0;
        if (typeOf(found) !== FileType.directory) return false;
        const list = files.readdir(path, false);
        return typeof list !== 'number' && list.names.length === 0;
      };
    case '-perm':
      return permissionTest(words.argument(word));
    case '-links': {
      const compare = words.number(word);
      return ({ status: found }) => compare(found.nlink);
    }
    case '-inum': {
      const compare = words.number(word);
      return ({ status: found }) => compare(found.ino);
    }
    case '-samefile': {
      const same = requireReference(words, words.argument(word));
      return ({ status: found }) => found.ino === same.ino && found.dev === same.dev;
    }
    case '-readable':
    case '-writable':
    case '-executable':
      return ({ path }) => files.access(path, ACCESS[word] ?? 0) >= 0;
    case '-uid':
    case '-gid': {
      const compare = words.number(word);
      return ({ status: found }) => compare(word === '-uid' ? found.uid : found.gid);
    }
  }
  return ownerTest(words, word);
}

function ownerTest(words: Words, word: string): Predicate | undefined {
  const accounts = (): Accounts => new Accounts(words.context.system.files);
  if (word === '-user' || word === '-group') {
    const name = words.argument(word);
    const wanted = word === '-user' ? accounts().uid(name) : accounts().gid(name);
    if (wanted === undefined) throw new Failure(`'${name}' is not the name of a known ${word.slice(1)}`);
    return ({ status: found }) => (word === '-user' ? found.uid : found.gid) === wanted;
  }
  if (word !== '-nouser' && word !== '-nogroup') return undefined;
  const known = accounts();
  return ({ status: found }) =>
    word === '-nouser'
      ? known.user(found.uid) === String(found.uid)
      : known.group(found.gid) === String(found.gid);
}

function typeTest(words: Words, word: string): Predicate {
  const letters = words.argument(word);
  const types = letters.split(',').map((letter) => {
    const type = TYPES[letter];
    if (type === undefined)
      throw new Failure(
        letter === ''
          ? `Arguments to ${word} should contain at least one letter`
          : `Unknown argument to ${word}: ${letter[0]}`,
      );
    return type;
  });
  if (word === '-type') return ({ status: found }) => types.includes(typeOf(found));
  const { files } = words.context.system;
  return ({ path, status: found }) => {
    const behind = isLink(found) ? status(files, path, true) : found;
    return types.includes(typeof behind === 'number' ? FileType.link : typeOf(behind));
  };
}

function sizeTest(words: Words, word: string): Predicate {
  const text = words.argument(word);
  const match = /^([-+]?\d+)([bcwkMG]?)$/.exec(text);
  if (!match) throw new Failure(`Invalid argument \`${text}' to -size`);
  const compare = words.number(word, match[1] ?? '');
  const unit = SIZE_UNITS[match[2] || 'b'] ?? 1;
  return ({ status: found }) => compare(Math.ceil(found.size / unit));
}

/** `644` exactly, `-644` all of these bits, `/644` any of them; symbolic modes too. */
function permissionTest(text: string): Predicate {
  const kind = /^[-/]/.exec(text)?.[0];
  let bits: number;
  try {
    bits = parseMode(kind === undefined ? text : text.slice(1))(0, false, 0);
  } catch (error) {
    if (error instanceof UsageError) throw new Failure(`invalid mode '${text}'`);
    throw error;
  }
  if (kind === '-') return ({ status: found }) => (found.mode & bits) === bits;
  if (kind === '/') return ({ status: found }) => bits === 0 || (found.mode & bits) !== 0;
  return ({ status: found }) => (found.mode & PERMISSIONS) === bits;
}
