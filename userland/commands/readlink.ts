import { Errno } from '../../src/base/errno.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { dirName, baseName, joinPath, normalizePath, relativePath } from '../files/paths.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { decodeText } from '../text/text.ts';

const READLINK_SPECS = {
  canonical: { short: 'f', long: 'canonicalize' },
  existing: { short: 'e', long: 'canonicalize-existing' },
  missing: { short: 'm', long: 'canonicalize-missing' },
  noNewline: { short: 'n', long: 'no-newline' },
  quiet: { short: 'q', long: 'quiet' },
  silent: { short: 's', long: 'silent' },
  verbose: { short: 'v', long: 'verbose' },
  zero: { short: 'z', long: 'zero' },
} as const;

const MOST_LINKS = 40;

/** The path without links; how much of it must exist is the caller's rule. → path or -errno */
export function canonicalPath(
  context: ProgramContext,
  path: string,
  rule: 'all' | 'but-last' | 'none',
): string | number {
  const { files } = context.system;
  const cwd = files.cwd();
  if (typeof cwd === 'number') return cwd;
  if (path === '') return -Errno.ENOENT;
  const real = files.realpath(path);
  if (typeof real !== 'number') return decodeText(real);
  if (rule === 'all' || (real !== -Errno.ENOENT && rule === 'but-last')) return real;
  return resolveMissing(context, path.startsWith('/') ? path : `${cwd}/${path}`, rule, MOST_LINKS);
}

function resolveMissing(
  context: ProgramContext,
  path: string,
  rule: 'but-last' | 'none',
  linksLeft: number,
): string | number {
  const { files } = context.system;
  if (linksLeft === 0) return -Errno.ELOOP;
  const link = files.readlink(path);
  const parent = dirName(path);
  if (typeof link !== 'number') {
    const target = decodeText(link);
    return canonicalOrMissing(
      context,
      target.startsWith('/') ? target : joinPath(parent, target),
      rule,
      linksLeft - 1,
    );
  }
  const real = files.realpath(parent);
  if (typeof real !== 'number') return normalizePath(baseName(path), decodeText(real));
  if (rule === 'but-last') return real;
  const above = parent === '/' ? '/' : resolveMissing(context, parent, rule, linksLeft - 1);
  return typeof above === 'number' ? above : normalizePath(baseName(path), above);
}

function canonicalOrMissing(
  context: ProgramContext,
  path: string,
  rule: 'but-last' | 'none',
  linksLeft: number,
): string | number {
  const real = context.system.files.realpath(path);
  return typeof real !== 'number' ? decodeText(real) : resolveMissing(context, path, rule, linksLeft);
}

function mainReadlink(context: ProgramContext): number {
  const { has, operands } = parseOptions(context.args, READLINK_SPECS);
  if (operands.length === 0) throw new UsageError('missing operand');
  const rule = has('existing') ? 'all' : has('missing') ? 'none' : has('canonical') ? 'but-last' : undefined;
  let status = 0;
  for (const path of operands) {
    const found =
      rule === undefined ? context.system.files.readlink(path) : canonicalPath(context, path, rule);
    if (typeof found === 'number') {
      if (has('verbose')) complain(context, `${path}: ${errorText(found)}`);
      status = 1;
      continue;
    }
    const end = has('noNewline') && operands.length === 1 ? '' : has('zero') ? '\0' : '\n';
    context.stdout.write((typeof found === 'string' ? found : decodeText(found)) + end);
  }
  return status;
}

export const readlink: Program = {
  name: 'readlink',
  usage: 'readlink [OPTION]... FILE...',
  help: `Print where symbolic links lead, or canonical names.

  -f, --canonicalize            follow every link; all but the last part must exist
  -e, --canonicalize-existing   all must exist
  -m, --canonicalize-missing    nothing must exist
  -n, --no-newline              no newline at the end
  -q, -s                        no error messages (default)
  -v, --verbose                 error messages
  -z, --zero                    end each with NUL`,
  usageStatus: 1,
  main: mainReadlink,
};

const REALPATH_SPECS = {
  existing: { short: 'e', long: 'canonicalize-existing' },
  missing: { short: 'm', long: 'canonicalize-missing' },
  quiet: { short: 'q', long: 'quiet' },
  noSymlinks: { short: 's', long: 'strip' },
  relativeTo: { long: 'relative-to', value: 'required' },
  zero: { short: 'z', long: 'zero' },
} as const;

function mainRealpath(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, REALPATH_SPECS);
  if (operands.length === 0) throw new UsageError('missing operand');
  const rule = has('existing') ? 'all' : has('missing') ? 'none' : 'but-last';
  const cwd = context.system.files.cwd();
  const from = value('relativeTo');
  const base = from === undefined ? undefined : canonicalPath(context, from, 'none');
  let status = 0;
  for (const path of operands) {
    const found =
      has('noSymlinks') && typeof cwd === 'string'
        ? normalizePath(path, cwd)
        : canonicalPath(context, path, rule);
    if (typeof found === 'number') {
      if (!has('quiet')) complain(context, `${path}: ${errorText(found)}`);
      status = 1;
      continue;
    }
    context.stdout.write(
      (typeof base === 'string' ? relativePath(base, found) : found) + (has('zero') ? '\0' : '\n'),
    );
  }
  return status;
}

export const realpath: Program = {
  name: 'realpath',
  usage: 'realpath [OPTION]... FILE...',
  help: `Print absolute paths without links; all but the last part must exist.

  -e, --canonicalize-existing   all must exist
  -m, --canonicalize-missing    nothing must exist
  -q, --quiet                   no error messages
      --relative-to=DIR         as seen from DIR
  -s, --strip                   do not follow links
  -z, --zero                    end each with NUL`,
  usageStatus: 1,
  main: mainRealpath,
};
