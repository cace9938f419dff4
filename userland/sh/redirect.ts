import type { Redirect, Redirection } from 'unbash';
import { Errno } from '../../src/base/errno.ts';
import { errorText } from '../program/errors.ts';
import { encodeText } from '../text/text.ts';
import { ShellError } from './control.ts';
import { type DescriptorTable, Handle } from './descriptors.ts';
import { expandHereDocument, expandString, expandWords } from './expand.ts';
import type { Shell } from './shell.ts';

const O = {
  rdonly: 0,
  wronly: 0o1,
  rdwr: 0o2,
  creat: 0o100,
  excl: 0o200,
  trunc: 0o1000,
  append: 0o2000,
} as const;
const REGULAR_FILE = 0;
const NEW_FILE_MODE = 0o666;
/** Descriptors that `{name}>file` gives out begin here (bash). */
const FIRST_NAMED = 10;

/** Runs `action` with redirections in force, then puts the old descriptors back. Throws ShellError when one fails. */
export function withRedirections(
  shell: Shell,
  redirections: readonly Redirection[],
  action: () => void,
): void {
  if (redirections.length === 0) {
    action();
    return;
  }
  const saved = shell.descriptors;
  shell.descriptors = saved.clone();
  try {
    for (const redirection of redirections) apply(shell, redirection);
    action();
  } finally {
    const used = shell.descriptors;
    shell.descriptors = saved;
    keepNamed(redirections, used, saved, shell);
    used.closeAll();
  }
}

/** `{name}>file` outlives its command. */
function keepNamed(
  redirections: readonly Redirection[],
  from: DescriptorTable,
  to: DescriptorTable,
  shell: Shell,
): void {
  for (const { descriptor } of redirections) {
    if (descriptor?.type !== 'FileDescriptorVariable') continue;
    const number = Number(shell.variables.get(descriptor.name));
    const handle = from.get(number);
    if (handle !== undefined) to.set(number, handle);
    else to.close(number);
  }
}

/** `exec >file`: for good. */
export function applyForGood(shell: Shell, redirections: readonly Redirection[]): void {
  for (const redirection of redirections) apply(shell, redirection);
}

function apply(shell: Shell, redirection: Redirection): void {
  if (redirection.type === 'HereDoc') {
    input(shell, redirection, expandHereDocument(shell, redirection));
  } else if (redirection.type === 'HereString') {
    input(shell, redirection, `${expandString(shell, redirection.target)}\n`);
  } else redirect(shell, redirection);
}

/** Which number a redirection is for. */
function numberFor(shell: Shell, redirection: Redirection, otherwise: number): number {
  const { descriptor } = redirection;
  if (descriptor === undefined) return otherwise;
  if (descriptor.type === 'FileDescriptor') return descriptor.value;
  const number = shell.descriptors.free(FIRST_NAMED);
  shell.variables.set(descriptor.name, String(number));
  return number;
}

/** A here-document is an unlinked file: any size, and nobody needs to write it while it is read. */
function input(shell: Shell, redirection: Redirection, content: string): void {
  const fd = temporaryFile(shell);
  const bytes = encodeText(content);
  const { files } = shell.system;
  for (let at = 0; at < bytes.length;) {
    const count = files.write(fd, bytes.subarray(at), at);
    if (count < 0)
      throw new ShellError(`cannot create temp file for here-document: ${errorText(count)}`, {
        scope: 'command',
      });
    at += count;
  }
  shell.descriptors.set(numberFor(shell, redirection, 0), new Handle(files, fd, true));
}

let temporaryCount = 0;

/** A descriptor of a new file without a name. Its offset is 0 for who reads or writes it first by offset. */
export function temporaryFile(shell: Shell): number {
  const { files, process } = shell.system;
  const path = `${shell.variables.get('TMPDIR') ?? '/tmp'}/sh-${process.pid}-${++temporaryCount}`;
  const fd = files.open(path, O.rdwr | O.creat | O.excl, 0o600);
  if (fd < 0) throw new ShellError(`cannot create temp file: ${errorText(fd)}`, { scope: 'command' });
  files.unlink(path);
  return fd;
}

function redirect(shell: Shell, redirection: Redirect): void {
  const { operator } = redirection;
  const reading = operator.startsWith('<');
  const words = redirection.target === undefined ? [] : expandWords(shell, [redirection.target]);
  const [target] = words;
  if (target === undefined || words.length > 1) {
    throw new ShellError(`${redirection.target?.text ?? ''}: ambiguous redirect`, { scope: 'command' });
  }
  if (operator === '<&' || operator === '>&') {
    if (/^(-|\d+-?)$/.test(target))
      return duplicate(shell, numberFor(shell, redirection, reading ? 0 : 1), target);
    if (operator === '<&' || redirection.descriptor !== undefined) {
      throw new ShellError(`${target}: ambiguous redirect`, { scope: 'command' });
    }
  }
  const both = operator === '&>' || operator === '&>>' || operator === '>&';
  const handle = new Handle(shell.system.files, open(shell, operator, target), true);
  const number = numberFor(shell, redirection, reading ? 0 : 1);
  shell.descriptors.set(number, handle);
  if (both) shell.descriptors.set(2, handle);
}

function duplicate(shell: Shell, number: number, target: string): void {
  if (target === '-') {
    shell.descriptors.close(number);
    return;
  }
  const from = parseInt(target, 10);
  const handle = shell.descriptors.get(from);
  if (handle === undefined) throw new ShellError(`${from}: Bad file descriptor`, { scope: 'command' });
  shell.descriptors.set(number, handle);
  if (target.endsWith('-') && from !== number) shell.descriptors.close(from);
}

function flagsFor(operator: Redirect['operator']): number {
  switch (operator) {
    case '<':
      return O.rdonly;
    case '<>':
      return O.rdwr | O.creat;
    case '>>':
    case '&>>':
      return O.wronly | O.creat | O.append;
    default:
      return O.wronly | O.creat | O.trunc;
  }
}

function open(shell: Shell, operator: Redirect['operator'], target: string): number {
  const { files } = shell.system;
  const special = /^\/dev\/(?:fd\/(\d+)|(stdin)|(stdout)|(stderr))$/.exec(target);
  if (special) {
    const number = special[2] ? 0 : special[3] ? 1 : special[4] ? 2 : Number(special[1]);
    const handle = shell.descriptors.get(number);
    const fd = handle === undefined ? -Errno.EBADF : files.dup(handle.fd, 0);
    if (fd < 0) throw new ShellError(`${target}: ${errorText(fd)}`, { scope: 'command' });
    return fd;
  }
  if (
    shell.options.has('noclobber') &&
    (operator === '>' || operator === '&>') &&
    files.kind(target) === REGULAR_FILE &&
    isRegular(shell, target)
  ) {
    throw new ShellError(`${target}: cannot overwrite existing file`, { scope: 'command' });
  }
  const fd = files.open(target, flagsFor(operator), NEW_FILE_MODE);
  if (fd < 0) throw new ShellError(`${target}: ${errorText(fd)}`, { scope: 'command' });
  return fd;
}

const STAT_FIELDS = 18;
const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;

function isRegular(shell: Shell, path: string): boolean {
  const fields = new Float64Array(STAT_FIELDS);
  return shell.system.files.stat(path, fields, 0) >= 0 && ((fields[1] ?? 0) & TYPE_MASK) === REGULAR;
}
