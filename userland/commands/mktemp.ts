import { Errno } from '../../src/base/errno.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { joinPath } from '../files/paths.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  directory: { short: 'd', long: 'directory' },
  quiet: { short: 'q', long: 'quiet' },
  dryRun: { short: 'u', long: 'dry-run' },
  tmpdir: { short: 'p', long: 'tmpdir', value: 'optional' },
  suffix: { long: 'suffix', value: 'required' },
  template: { short: 't' },
} as const;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const TRIES = 100;
const CREATE_EXCLUSIVE = 0o302; // O_RDWR | O_CREAT | O_EXCL

function randomLetters(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return [...bytes].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}

/** `-p DIR` takes the next argument, `--tmpdir` only an attached one. */
function attachFolder(args: readonly string[]): string[] {
  const at = args.indexOf('-p');
  if (at < 0) return [...args];
  return [...args.slice(0, at), `-p${args[at + 1] ?? ''}`, ...args.slice(at + 2)];
}

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(attachFolder(context.args), SPECS);
  const [given, extra] = operands;
  if (extra !== undefined) throw new UsageError('too many templates');
  const template = given ?? 'tmp.XXXXXXXXXX';
  const suffix = value('suffix') ?? /X([^X/]*)$/.exec(template)?.[1] ?? '';
  const stem = value('suffix') === undefined ? template.slice(0, template.length - suffix.length) : template;
  const run = /X+$/.exec(stem)?.[0] ?? '';
  if (value('suffix') !== undefined && run === '')
    throw new Failure(`with --suffix, template '${template}' must end in X`);
  if (run.length < 3) throw new Failure(`too few X's in template '${template}'`);
  const inFolder = has('tmpdir') || has('template') || given === undefined;
  const folder = inFolder ? value('tmpdir') || context.env['TMPDIR'] || '/tmp' : '';
  if (inFolder && template.startsWith('/'))
    throw new Failure(`invalid template, '${template}'; with --tmpdir, it may not be absolute`);
  const { files } = context.system;
  let result = 0;
  for (let tries = 0; tries < TRIES; tries++) {
    const path = joinPath(
      folder,
      stem.slice(0, stem.length - run.length) + randomLetters(run.length) + suffix,
    );
    if (has('dryRun')) result = 0;
    else if (has('directory')) result = files.mkdir(path, 0o700);
    else {
      result = files.open(path, CREATE_EXCLUSIVE, 0o600);
      if (result >= 0) files.close(result);
    }
    if (result === -Errno.EEXIST) continue;
    if (result < 0) break;
    context.stdout.write(`${path}\n`);
    return 0;
  }
  const kind = has('directory') ? 'directory' : 'file';
  throw new Failure(
    has('quiet')
      ? ''
      : `failed to create ${kind} via template '${joinPath(folder, template)}': ${errorText(result)}`,
  );
}

export const mktemp: Program = {
  name: 'mktemp',
  usage: 'mktemp [OPTION]... [TEMPLATE]',
  help: `Create a temporary file and print its name; the X's of the template (tmp.XXXXXXXXXX) become random letters.

  -d, --directory      a directory
  -q, --quiet          nothing of failures
  -u, --dry-run        only print a name
  -p, --tmpdir[=DIR]   in DIR, or $TMPDIR, or /tmp
  -t                   the same, for a template that is a name
      --suffix=SUFF    put SUFF after the template`,
  usageStatus: 1,
  main,
};
