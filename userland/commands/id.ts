import { Accounts } from '../files/accounts.ts';
import { parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';

const SPECS = {
  all: { short: 'a' },
  group: { short: 'g', long: 'group' },
  groups: { short: 'G', long: 'groups' },
  name: { short: 'n', long: 'name' },
  real: { short: 'r', long: 'real' },
  user: { short: 'u', long: 'user' },
  zero: { short: 'z', long: 'zero' },
} as const;

interface Identity {
  uid: number;
  gid: number;
  groups: readonly number[];
}

function identityOf(
  context: ProgramContext,
  accounts: Accounts,
  name: string | undefined,
): Identity | undefined {
  const { process } = context.system;
  if (name === undefined) {
    return {
      uid: process.uid,
      gid: process.gid,
      groups: accounts.groupsOf(accounts.user(process.uid), process.gid),
    };
  }
  const uid = accounts.uid(name);
  const gid = uid === undefined ? undefined : accounts.primaryGroup(uid);
  if (uid === undefined || gid === undefined) return undefined;
  return { uid, gid, groups: accounts.groupsOf(accounts.user(uid), gid) };
}

function describe(accounts: Accounts, { uid, gid, groups }: Identity): string {
  const named = (number: number, name: string): string =>
    name === String(number) ? name : `${number}(${name})`;
  const list = groups.map((group) => named(group, accounts.group(group))).join(',');
  return `uid=${named(uid, accounts.user(uid))} gid=${named(gid, accounts.group(gid))} groups=${list}`;
}

function main(context: ProgramContext): number {
  const { has, operands } = parseOptions(context.args, SPECS);
  const chosen = [has('user'), has('group'), has('groups')].filter(Boolean).length;
  if (chosen > 1) throw new Failure('cannot print "only" of more than one choice');
  if (chosen === 0 && (has('name') || has('real')))
    throw new Failure('cannot print only names or real IDs in default format');
  const accounts = new Accounts(context.system.files);
  const end = has('zero') ? '\0' : '\n';
  let status = 0;
  for (const name of operands.length ? operands : [undefined]) {
    const identity = identityOf(context, accounts, name);
    if (identity === undefined) {
      complain(context, `'${name}': no such user`);
      status = 1;
      continue;
    }
    const user = (uid: number): string => (has('name') ? accounts.user(uid) : String(uid));
    const group = (gid: number): string => (has('name') ? accounts.group(gid) : String(gid));
    if (has('user')) context.stdout.write(user(identity.uid) + end);
    else if (has('group')) context.stdout.write(group(identity.gid) + end);
    else if (has('groups'))
      context.stdout.write(identity.groups.map(group).join(has('zero') ? '\0' : ' ') + end);
    else context.stdout.write(describe(accounts, identity) + end);
  }
  return status;
}

export const id: Program = {
  name: 'id',
  usage: 'id [OPTION]... [USER]...',
  help: `Print user and groups of each user, or of this process.

  -g, --group    only the group's number
  -G, --groups   only the numbers of all groups
  -n, --name     names instead of numbers
  -u, --user     only the user's number
  -z, --zero     end in NUL`,
  usageStatus: 1,
  main,
};

export const whoami: Program = {
  name: 'whoami',
  aliases: ['logname'],
  usage: 'whoami',
  help: 'Print the name of the user.',
  usageStatus: 1,
  main(context) {
    const { operands } = parseOptions(context.args, {});
    if (operands[0] !== undefined) throw new Failure(`extra operand '${operands[0]}'`);
    context.stdout.write(`${new Accounts(context.system.files).user(context.system.process.uid)}\n`);
    return 0;
  },
};

export const groups: Program = {
  name: 'groups',
  usage: 'groups [USER]...',
  help: 'Print the names of the groups of each user, or of this process.',
  usageStatus: 1,
  main(context) {
    const { operands } = parseOptions(context.args, {});
    const accounts = new Accounts(context.system.files);
    let status = 0;
    for (const name of operands.length ? operands : [undefined]) {
      const identity = identityOf(context, accounts, name);
      if (identity === undefined) {
        complain(context, `'${name}': no such user`);
        status = 1;
        continue;
      }
      const list = identity.groups.map((group) => accounts.group(group)).join(' ');
      context.stdout.write(`${name === undefined ? '' : `${name} : `}${list}\n`);
    }
    return status;
  },
};
