import { Accounts } from '../files/accounts.ts';
import { errorText } from '../program/errors.ts';
import { parseSize } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isDirectory, isLink, requireStatus, status } from '../files/stat.ts';
import { entriesOf } from '../files/walk.ts';

const WRITE_CREATE = 0o101; // O_WRONLY | O_CREAT

export const truncate: Program = {
  name: 'truncate',
  usage: 'truncate OPTION... FILE...',
  help: `Make files shorter or longer.

  -c, --no-create        no new files
  -r, --reference=FILE   as long as FILE
  -s, --size=[+-<>/%]N   N bytes; by N more, less; at most, at least; a multiple of N, rounded down, up`,
  usageStatus: 1,
  main(context) {
    const specs = {
      noCreate: { short: 'c', long: 'no-create' },
      reference: { short: 'r', long: 'reference', value: 'required' },
      size: { short: 's', long: 'size', value: 'required' },
    } as const;
    const { has, value, operands } = parseOptions(context.args, specs);
    const { files } = context.system;
    const size = value('size');
    const reference = value('reference');
    if (size === undefined && reference === undefined)
      throw new UsageError("you must specify either '--size' or '--reference'");
    if (operands.length === 0) throw new UsageError('missing file operand');
    const change = sizeChange(size ?? '+0');
    const base = reference === undefined ? undefined : requireStatus(files, reference, true).size;
    let result = 0;
    for (const path of operands) {
      const fd = files.open(path, has('noCreate') ? 1 : WRITE_CREATE, 0o666);
      if (fd < 0) {
        if (has('noCreate') && status(files, path, true) === fd) continue;
        complain(context, `cannot open '${path}' for writing: ${errorText(fd)}`);
        result = 1;
        continue;
      }
      const done = files.ftruncate(fd, change(base ?? requireStatus(files, path, true).size));
      files.close(fd);
      if (done < 0) {
        complain(context, `failed to truncate '${path}': ${errorText(done)}`);
        result = 1;
      }
    }
    return result;
  },
};

function sizeChange(text: string): (size: number) => number {
  const match = /^\s*([-+<>/%]?)\s*(.*)$/.exec(text);
  const amount = parseSize(match?.[2] ?? '', 'number');
  switch (match?.[1]) {
    case '+':
      return (size) => size + amount;
    case '-':
      return (size) => Math.max(0, size - amount);
    case '<':
      return (size) => Math.min(size, amount);
    case '>':
      return (size) => Math.max(size, amount);
    case '/':
      return (size) => Math.floor(size / amount) * amount;
    case '%':
      return (size) => Math.ceil(size / amount) * amount;
    default:
      return () => amount;
  }
}

export const link: Program = {
  name: 'link',
  usage: 'link FILE1 FILE2',
  help: 'Give FILE1 the further name FILE2.',
  usageStatus: 1,
  main(context) {
    const { operands } = parseOptions(context.args, {});
    const [from, to, extra] = operands;
    if (from === undefined) throw new UsageError('missing operand');
    if (to === undefined) throw new UsageError(`missing operand after '${from}'`);
    if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
    const result = context.system.files.link(from, to);
    if (result < 0) throw new Failure(`cannot create link '${to}' to '${from}': ${errorText(result)}`);
    return 0;
  },
};

export const unlink: Program = {
  name: 'unlink',
  usage: 'unlink FILE',
  help: 'Remove one name of a file.',
  usageStatus: 1,
  main(context) {
    const { operands } = parseOptions(context.args, {});
    const [path, extra] = operands;
    if (path === undefined) throw new UsageError('missing operand');
    if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
    const result = context.system.files.unlink(path);
    if (result < 0) throw new Failure(`cannot unlink '${path}': ${errorText(result)}`);
    return 0;
  },
};

export const sync: Program = {
  name: 'sync',
  usage: 'sync [FILE]...',
  help: 'Wait until files (or all) are written to what keeps them.',
  usageStatus: 1,
  main(context) {
    const specs = {
      data: { short: 'd', long: 'data' },
      fileSystem: { short: 'f', long: 'file-system' },
    } as const;
    const { has, operands } = parseOptions(context.args, specs);
    const { files } = context.system;
    let result = 0;
    for (const path of operands.length ? operands : ['/']) {
      const fd = files.open(path, 0, 0);
      const done = fd < 0 ? fd : files.fsync(fd, has('data'));
      if (fd >= 0) files.close(fd);
      if (done >= 0) continue;
      complain(context, `error ${fd < 0 ? 'opening' : 'syncing'} '${path}': ${errorText(done)}`);
      result = 1;
    }
    return result;
  },
};

const OWNER_SPECS = {
  recursive: { short: 'R', long: 'recursive' },
  noDereference: { short: 'h', long: 'no-dereference' },
  dereference: { long: 'dereference' },
  quiet: { short: 'f', long: 'quiet' },
  silent: { long: 'silent' },
  verbose: { short: 'v', long: 'verbose' },
  changes: { short: 'c', long: 'changes' },
  reference: { long: 'reference', value: 'required' },
} as const;

interface Owner {
  uid: number | undefined;
  gid: number | undefined;
}

/** `USER`, `USER:GROUP`, `USER:`, `:GROUP` */
function parseOwner(accounts: Accounts, text: string): Owner {
  const [, user = '', colon, group = ''] = /^([^:]*)(:?)(.*)$/.exec(text) ?? [];
  const uid = user === '' ? undefined : accounts.uid(user);
  if (user !== '' && uid === undefined) throw new Failure(`invalid user: '${text}'`);
  const gid =
    group !== '' ? accounts.gid(group) : colon && uid !== undefined ? accounts.primaryGroup(uid) : undefined;
  if (group !== '' && gid === undefined) throw new Failure(`invalid group: '${text}'`);
  return { uid, gid };
}

function changeOwner(context: ProgramContext, parse: (accounts: Accounts, text: string) => Owner): number {
  const { has, value, operands } = parseOptions(context.args, OWNER_SPECS);
  const { files } = context.system;
  const reference = value('reference');
  const [spec, ...rest] = operands;
  const paths = reference === undefined ? rest : operands;
  if (spec === undefined) throw new UsageError('missing operand');
  if (paths.length === 0) throw new UsageError(`missing operand after '${spec}'`);
  const owner =
    reference === undefined ? parse(new Accounts(files), spec) : requireStatus(files, reference, true);
  const quiet = has('quiet') || has('silent');
  let result = 0;
  const apply = (path: string): void => {
    const found = status(files, path, false);
    const done =
      typeof found === 'number'
        ? found
        : files.chown(
            path,
            owner.uid ?? found.uid,
            owner.gid ?? found.gid,
            !has('noDereference') && !(has('recursive') && isLink(found)),
          );
    if (done < 0) {
      result = 1;
      if (!quiet)
        complain(
          context,
          `${typeof found === 'number' ? 'cannot access' : 'changing ownership of'} '${path}': ${errorText(done)}`,
        );
    }
    if (has('recursive') && typeof found !== 'number' && isDirectory(found))
      for (const entry of entriesOf(files, path)) apply(entry);
  };
  for (const path of paths) apply(path);
  return result;
}

export const chown: Program = {
  name: 'chown',
  usage: 'chown [OPTION]... OWNER[:GROUP] FILE...',
  help: `Change owner and group of files.

  -R, --recursive        folders with all that is in them
  -h, --no-dereference   links themselves
  -f, --quiet            no messages
      --reference=FILE   as FILE has them`,
  usageStatus: 1,
  main: (context) => changeOwner(context, parseOwner),
};

export const chgrp: Program = {
  name: 'chgrp',
  usage: 'chgrp [OPTION]... GROUP FILE...',
  help: `Change the group of files.

  -R, --recursive        folders with all that is in them
  -h, --no-dereference   links themselves
  -f, --quiet            no messages
      --reference=FILE   as FILE has it`,
  usageStatus: 1,
  main: (context) => changeOwner(context, (accounts, text) => parseOwner(accounts, `:${text}`)),
};
