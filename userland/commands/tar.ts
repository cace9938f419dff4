import { gzipStream } from '../archive/gzip-format.ts';
import { linesOf, type TarOperand, TarWriter } from '../archive/tar-create.ts';
import { TarExtractor, toStandardOutput } from '../archive/tar-extract.ts';
import { beginListing, longLine } from '../archive/tar-list.ts';
import { shownName, stripped } from '../archive/tar-names.ts';
import { excluder, exclusions, parseTarOptions, type TarOptions } from '../archive/tar-options.ts';
import { type TarMember, tarMembers } from '../archive/tar-reader.ts';
import { errorText } from '../program/errors.ts';
import { globToRegExp } from '../text/glob.ts';
import { chunks, closeInput } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { Output } from '../program/output.ts';
import { normalizePath } from '../files/paths.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';
import { isDirectoryPath, statusOfDescriptor } from '../files/stat.ts';
import { isTerminal } from '../program/terminal.ts';
import { zoneOf } from '../text/time.ts';

const TROUBLE = 2;
const USAGE = 64;
const LEVEL = 6;
const FAILED = 'Exiting with failure status due to previous errors';
const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC

/** Misuse that is no unknown option. */
const trouble = (message: string): Failure =>
  new Failure(`${message}\nTry 'tar --help' or 'tar --usage' for more information.`, TROUBLE);

type Mode = 'create' | 'extract' | 'list';

function modeOf({ has }: TarOptions): Mode {
  const modes = (['create', 'extract', 'list'] as const).filter((mode) => has(mode));
  if (has('get') && !has('extract')) modes.push('extract');
  if (has('append')) throw trouble('archives are not appended to here: create them anew');
  for (const method of ['bzip2', 'xz', 'zstd'] as const)
    if (has(method)) throw new Failure(`${method}: this compression is not supported, only gzip is`, TROUBLE);
  const [mode, other] = modes;
  if (mode === undefined)
    throw trouble("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options");
  if (other !== undefined)
    throw trouble("You may not specify more than one '-Acdtrux', '--delete' or '--test-label' option");
  return mode;
}

/** Operands, those of -T included, with the folder that each is in. */
function operandsOf(
  context: ProgramContext,
  { sequence, has }: TarOptions,
): { operands: TarOperand[]; folder: string } {
  const { files } = context.system;
  let folder = String(files.cwd());
  const operands: TarOperand[] = [];
  for (const item of sequence) {
    if ('operand' in item) operands.push({ name: item.operand, folder });
    else if (item.name === 'directory') {
      const given = item.value ?? '';
      folder = normalizePath(given, folder);
      if (!isDirectoryPath(files, folder))
        throw new Failure(`${given}: Cannot open: No such file or directory`, TROUBLE);
    } else if (item.name === 'filesFrom') {
      for (const name of linesOf(files, item.value ?? '', has('null') ? '\0' : '\n'))
        operands.push({ name, folder });
    }
  }
  return { operands, folder };
}

function create(context: ProgramContext, options: TarOptions): number {
  const { operands } = operandsOf(context, options);
  const { files } = context.system;
  if (operands.length === 0 && !options.has('filesFrom'))
    throw trouble('Cowardly refusing to create an empty archive');
  const path = options.value('file') ?? context.env['TAPE'] ?? '-';
  const toStdout = path === '-';
  if (toStdout && isTerminal(context, 1))
    throw new Failure('Refusing to write archive contents to terminal (missing -f option?)', TROUBLE);
  const fd = toStdout ? 1 : files.open(path, CREATE_TRUNCATE, 0o666);
  if (fd < 0) throw new Failure(`${path}: Cannot open: ${errorText(fd)}`, TROUBLE);
  const out = toStdout ? context.stdout : new Output(context.system, fd);
  const say = (line: string): void => (toStdout ? context.stderr : context.stdout).write(`${line}\n`);
  const packs = options.has('gzip') || (options.has('autoCompress') && /\.(?:tgz|taz|gz)$/.test(path));
  const writer = new TarWriter(
    context,
    options,
    statusOfDescriptor(files, fd),
    (bytes) => pieces.push(bytes),
    say,
  );
  let pieces: Uint8Array[] = [];
  // One operand's blocks at a time: what is packed is a stream.
  const produced = (function* (): Generator<Uint8Array> {
    for (const operand of operands) {
      writer.add(operand);
      yield* pieces;
      pieces = [];
    }
    writer.finish();
    yield* pieces;
  })();
  for (const piece of packs ? gzipStream(produced, { name: undefined, time: 0 }, LEVEL) : produced)
    out.write(piece);
  out.flush();
  if (!toStdout) files.close(fd);
  if (out.failed) throw new Failure(`${path}: Cannot write: ${errorText(out.errno)}`, TROUBLE);
  return finished(context, writer.failed);
}

function finished(context: ProgramContext, failed: boolean): number {
  if (!failed) return 0;
  complain(context, FAILED);
  return TROUBLE;
}

/** Chooses members by the operands; says at the end which were not found. */
class Selection {
  readonly #wanted: { name: string; matches: (name: string) => boolean; seen: boolean }[];
  readonly #excluded: (name: string) => boolean;

  constructor(context: ProgramContext, options: TarOptions, operands: readonly TarOperand[]) {
    this.#excluded = excluder(exclusions(options, (path) => linesOf(context.system.files, path)));
    this.#wanted = operands.map(({ name }) => {
      const plain = name.replace(/\/+$/, '');
      const pattern = options.has('wildcards') ? globToRegExp(plain) : undefined;
      const below = (member: string): boolean => member === plain || member.startsWith(`${plain}/`);
      return {
        name,
        seen: false,
        matches: pattern === undefined ? below : (member) => pattern.test(member) || below(member),
      };
    });
  }

  takes(member: string): boolean {
    const name = member.replace(/\/+$/, '');
    if (this.#excluded(name)) return false;
    if (this.#wanted.length === 0) return true;
    const hits = this.#wanted.filter(({ matches }) => matches(name));
    for (const hit of hits) hit.seen = true;
    return hits.length > 0;
  }

  missing(): string[] {
    return this.#wanted.flatMap(({ name, seen }) => (seen ? [] : [name]));
  }
}

function read(context: ProgramContext, options: TarOptions, mode: 'extract' | 'list'): number {
  const { files } = context.system;
  const { operands, folder } = operandsOf(context, options);
  const path = options.value('file') ?? context.env['TAPE'] ?? '-';
  if (path === '-' && isTerminal(context, 0))
    throw new Failure('Refusing to read archive contents from terminal (missing -f option?)', TROUBLE);
  const fd = path === '-' ? 0 : files.open(path, 0, 0);
  if (fd < 0) throw new Failure(`${path}: Cannot open: ${errorText(fd)}`, TROUBLE);
  const selection = new Selection(context, options, operands);
  const strip = parseCount(options.value('strip') ?? '0', 'number of elements');
  const extractor = new TarExtractor(context, options, folder);
  const verbosity =
    options.occurrences.filter(({ name }) => name === 'verbose').length + (mode === 'list' ? 1 : 0);
  const zone = zoneOf(context.env);
  const take = (member: TarMember, name: string): void => {
    const shown = member.header;
    const out = mode === 'extract' && options.has('stdout') ? context.stderr : context.stdout;
    if (verbosity === 1) out.write(`${shownName(shown.name)}\n`);
    else if (verbosity > 1) out.write(`${longLine(shown, zone, options.has('numericOwner'))}\n`);
    if (mode === 'list') return;
    if (options.has('stdout')) toStandardOutput(context, member);
    else extractor.extract(member, name);
  };
  let failed = false;
  try {
    for (const member of tarMembers(chunks(files, fd, path))) {
      if (!selection.takes(member.header.name)) continue;
      const name = mode === 'list' ? member.header.name : stripped(member.header.name, strip);
      if (name !== undefined) take(member, name);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    complain(context, error.message);
    failed = true;
  }
  closeInput(files, fd);
  extractor.finish();
  for (const name of selection.missing()) {
    context.stdout.flush();
    complain(context, `${name}: Not found in archive`);
    failed = true;
  }
  return finished(context, failed || extractor.failed);
}

function main(context: ProgramContext): number {
  const options = parseTarOptions(context);
  const mode = modeOf(options);
  beginListing();
  return mode === 'create' ? create(context, options) : read(context, options, mode);
}

export const tar: Program = {
  name: 'tar',
  usage: 'tar {-c|-x|-t} [OPTION]... [-f ARCHIVE] [FILE]...',
  help: `Make, unpack and list archives. gzip is recognized when reading.

  -c, --create   -x, --extract   -t, --list
  -f, --file=ARCHIVE         - or none: standard input or output
  -z, --gzip                 pack; -a by the archive's name
  -C, --directory=DIR        the operands that follow are in DIR
  -v, --verbose              say each name; -vv as ls -l
      --exclude=PATTERN      -X, --exclude-from=FILE   --exclude-vcs
  -T, --files-from=FILE      operands from a file (--null: ended by NUL)
      --strip-components=N   drop leading folders
  -O, --to-stdout            contents to standard output
  -k, --keep-old-files       --skip-old-files   --overwrite
  -m, --touch                do not set times
  -p, --preserve-permissions without the umask
      --owner=NAME  --group=NAME  --mode=MODE  --mtime=DATE  --numeric-owner
      --sort=name            entries of folders in order
  -h, --dereference          what links lead to
  -P, --absolute-names       keep a leading /
      --no-recursion         folders themselves
      --wildcards            operands are patterns`,
  usageStatus: USAGE,
  main,
};
