import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { chunks, closeInput, lines, openInput } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';

interface Hash {
  update(data: Uint8Array): unknown;
  digest(): Uint8Array;
}

const SPECS = {
  binary: { short: 'b', long: 'binary' },
  check: { short: 'c', long: 'check' },
  tag: { long: 'tag' },
  text: { short: 't', long: 'text' },
  zero: { short: 'z', long: 'zero' },
  ignoreMissing: { long: 'ignore-missing' },
  quiet: { long: 'quiet' },
  status: { long: 'status' },
  strict: { long: 'strict' },
  warn: { short: 'w', long: 'warn' },
} as const;

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

function digestOf(context: ProgramContext, path: string, create: () => Hash): string {
  const fd = openInput(context.system.files, path);
  try {
    const hash = create();
    for (const chunk of chunks(context.system.files, fd, path)) hash.update(chunk);
    return hex(hash.digest());
  } finally {
    closeInput(context.system.files, fd);
  }
}

/** A name with a backslash or newline is escaped, and its line begins with a backslash. */
function escaped(path: string): { mark: string; name: string } {
  if (!/[\\\n\r]/.test(path)) return { mark: '', name: path };
  return { mark: '\\', name: path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r') };
}

interface Expected {
  digest: string;
  path: string;
}

function parseLine(line: string, length: number): Expected | undefined {
  const tagged = /^\\?[A-Z0-9-]+ \((.*)\) = ([0-9a-fA-F]+)$/s.exec(line);
  const plain = /^\\?([0-9a-fA-F]+) [ *](.*)$/s.exec(line);
  const [path, digest] = tagged ? [tagged[1], tagged[2]] : [plain?.[2], plain?.[1]];
  if (path === undefined || digest?.length !== length) return undefined;
  const name = line.startsWith('\\')
    ? path.replace(/\\([\\nr])/g, (_whole, one: string) => (one === 'n' ? '\n' : one === 'r' ? '\r' : one))
    : path;
  return { digest: digest.toLowerCase(), path: name };
}

interface CheckSettings {
  quiet: boolean;
  status: boolean;
  ignoreMissing: boolean;
  strict: boolean;
  warn: boolean;
}

/** → whether every file named in the list has its digest */
function checkList(
  context: ProgramContext,
  list: string,
  create: () => Hash,
  settings: CheckSettings,
): boolean {
  const { files } = context.system;
  const fd = openInput(files, list);
  const length = hex(create().digest()).length;
  const counts = { good: 0, bad: 0, unreadable: 0, malformed: 0 };
  for (const line of lines(files, fd, list)) {
    if (line === '' || line.startsWith('#')) continue;
    const expected = parseLine(line, length);
    if (expected === undefined) {
      counts.malformed++;
      continue;
    }
    checkFile(context, expected, create, settings, counts);
  }
  closeInput(files, fd);
  return summary(context, list, counts, settings);
}

type Counts = Record<'good' | 'bad' | 'unreadable' | 'malformed', number>;

function checkFile(
  context: ProgramContext,
  { path, digest }: Expected,
  create: () => Hash,
  settings: CheckSettings,
  counts: Counts,
): void {
  const say = (verdict: string): void => {
    const { mark, name } = escaped(path);
    if (!settings.status && !(settings.quiet && verdict === 'OK'))
      context.stdout.write(`${mark}${name}: ${verdict}\n`);
  };
  try {
    const found = digestOf(context, path, create);
    counts[found === digest ? 'good' : 'bad']++;
    say(found === digest ? 'OK' : 'FAILED');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (settings.ignoreMissing && error.message.endsWith('No such file or directory')) return;
    complain(context, error.message);
    counts.unreadable++;
    say('FAILED open or read');
  }
}

function summary(context: ProgramContext, list: string, counts: Counts, settings: CheckSettings): boolean {
  const { good, bad, unreadable, malformed } = counts;
  if (good + bad + unreadable === 0) {
    const none =
      malformed > 0 || !settings.ignoreMissing
        ? 'no properly formatted checksum lines found'
        : 'no file was verified';
    complain(context, `${list === '-' ? "'standard input'" : list}: ${none}`);
    return false;
  }
  if (!settings.status) {
    const plural = (count: number, one: string, many: string): string =>
      `WARNING: ${count} ${count === 1 ? one : many}`;
    if (malformed)
      complain(context, plural(malformed, 'line is improperly formatted', 'lines are improperly formatted'));
    if (unreadable)
      complain(
        context,
        plural(unreadable, 'listed file could not be read', 'listed files could not be read'),
      );
    if (bad)
      complain(context, plural(bad, 'computed checksum did NOT match', 'computed checksums did NOT match'));
  }
  return bad === 0 && unreadable === 0 && !(settings.strict && malformed > 0);
}

function checksum(name: string, tag: string, create: () => Hash): Program {
  return {
    name,
    usage: `${name} [OPTION]... [FILE]...`,
    help: `Print or check ${tag} checksums of files (- or none: standard input).

  -b, --binary           mark files as binary
  -c, --check            read checksums from the files and check them
      --tag              BSD's style
  -t, --text             mark files as text (the default)
  -z, --zero             lines end in NUL
      --ignore-missing   with -c, nothing of files that are not there
      --quiet            with -c, nothing of files that are right
      --status           with -c, only the status
      --strict           with -c, lines that are none are an error
  -w, --warn             with -c, say which lines are none`,
    usageStatus: 1,
    main(context) {
      const { has, operands } = parseOptions(context.args, SPECS);
      if (has('tag') && has('check'))
        throw new UsageError('the --tag option is meaningless when verifying checksums');
      const settings = {
        quiet: has('quiet'),
        status: has('status'),
        ignoreMissing: has('ignoreMissing'),
        strict: has('strict'),
        warn: has('warn'),
      };
      let result = 0;
      for (const path of operands.length ? operands : ['-']) {
        try {
          if (has('check')) {
            if (!checkList(context, path, create, settings)) result = 1;
            continue;
          }
          const digest = digestOf(context, path, create);
          const { mark, name: shown } = has('zero') ? { mark: '', name: path } : escaped(path);
          const line = has('tag')
            ? `${tag} (${shown}) = ${digest}`
            : `${digest} ${has('binary') ? '*' : ' '}${shown}`;
          context.stdout.write(mark + line + (has('zero') ? '\0' : '\n'));
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          complain(context, error.message);
          result = 1;
        }
      }
      return result;
    },
  };
}

export const md5sum: Program = checksum('md5sum', 'MD5', () => md5.create());
export const sha1sum: Program = checksum('sha1sum', 'SHA1', () => sha1.create());
export const sha224sum: Program = checksum('sha224sum', 'SHA224', () => sha224.create());
export const sha256sum: Program = checksum('sha256sum', 'SHA256', () => sha256.create());
export const sha384sum: Program = checksum('sha384sum', 'SHA384', () => sha384.create());
export const sha512sum: Program = checksum('sha512sum', 'SHA512', () => sha512.create());
export const b2sum: Program = checksum('b2sum', 'BLAKE2b', () => blake2b.create());
