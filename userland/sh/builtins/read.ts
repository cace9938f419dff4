import { Errno } from '../../../src/base/errno.ts';
import { parseOptions } from '../../program/options.ts';
import { decodeText } from '../../text/text.ts';
import { DEFAULT_IFS } from '../fields.ts';
import type { Shell } from '../shell.ts';
import { NAME } from '../variables.ts';

const SPECS = {
  array: { short: 'a', value: 'required' },
  delimiter: { short: 'd', value: 'required' },
  readline: { short: 'e' },
  initial: { short: 'i', value: 'required' },
  exactly: { short: 'N', value: 'required' },
  count: { short: 'n', value: 'required' },
  prompt: { short: 'p', value: 'required' },
  raw: { short: 'r' },
  silent: { short: 's' },
  timeout: { short: 't', value: 'required' },
  fd: { short: 'u', value: 'required' },
} as const;

const NEWLINE = 10;
const BACKSLASH = 92;
const TIMED_OUT = 142;
const READ_FAILED = 1;

interface Reading {
  delimiter: number;
  raw: boolean;
  /** Characters at most. */
  limit: number;
  /** `-N`: the delimiter does not end it. */
  exact: boolean;
}

interface Line {
  /** Characters; those after a backslash are marked, so that IFS does not split there. */
  text: string;
  escaped: Set<number>;
  /** The delimiter (or the wanted number of characters) was reached. */
  complete: boolean;
}

/** Byte by byte, so that what follows stays for the next reader of the descriptor. */
function readInput(shell: Shell, fd: number, reading: Reading): Line | number {
  const byte = new Uint8Array(1);
  const bytes: number[] = [];
  const escaped = new Set<number>();
  let characters = 0;
  let afterBackslash = false;
  while (characters < reading.limit) {
    const count = shell.system.files.read(fd, byte, null);
    if (count < 0 && count !== -Errno.EINTR) return count;
    if (count < 0) return count;
    if (count === 0) return { text: decodeText(Uint8Array.from(bytes)), escaped, complete: false };
    const [value = 0] = byte;
    if (!reading.raw && afterBackslash) {
      afterBackslash = false;
      if (value === NEWLINE) continue;
      escaped.add(decodeText(Uint8Array.from(bytes)).length);
    } else if (!reading.raw && value === BACKSLASH) {
      afterBackslash = true;
      continue;
    } else if (value === reading.delimiter && !reading.exact) {
      return { text: decodeText(Uint8Array.from(bytes)), escaped, complete: true };
    }
    if (value !== 0) bytes.push(value);
    if ((value & 0xc0) !== 0x80) characters++;
  }
  return { text: decodeText(Uint8Array.from(bytes)), escaped, complete: true };
}

/** One line without its newline; undefined at the end of input. */
export function readLine(shell: Shell, number: number): string | undefined {
  const handle = shell.descriptors.get(number);
  if (handle === undefined) return undefined;
  const line = readInput(shell, handle.fd, { delimiter: NEWLINE, raw: true, limit: Infinity, exact: false });
  if (typeof line === 'number') return undefined;
  return line.complete || line.text !== '' ? line.text : undefined;
}

/** Splits as `read` does: the last name takes the rest of the line. */
function split(line: Line, ifs: string, names: number): string[] {
  const white = (at: number): boolean =>
    !line.escaped.has(at) && ifs.includes(line.text[at] ?? '?!') && DEFAULT_IFS.includes(line.text[at] ?? '');
  const separator = (at: number): boolean =>
    !line.escaped.has(at) && ifs !== '' && ifs.includes(line.text[at] ?? '?!');
  const fields: string[] = [];
  let at = 0;
  let end = line.text.length;
  while (at < end && white(at)) at++;
  while (end > at && white(end - 1)) end--;
  while (at < end && fields.length < names - 1) {
    const from = at;
    while (at < end && !separator(at)) at++;
    fields.push(line.text.slice(from, at));
    while (at < end && white(at)) at++;
    if (at < end && separator(at) && !white(at)) {
      at++;
      while (at < end && white(at)) at++;
    } else if (at < end && at > from && separator(at)) at++;
  }
  if (at < end || fields.length < names) fields.push(lastField(line, at, end, separator, white));
  return fields;
}

/** A single separator that is not white space at the very end belongs to no field. */
function lastField(
  line: Line,
  from: number,
  end: number,
  separator: (at: number) => boolean,
  white: (at: number) => boolean,
): string {
  let to = end;
  if (to > from && separator(to - 1) && !white(to - 1)) {
    let others = false;
    for (let at = from; at < to - 1; at++) others ||= separator(at) && !white(at);
    if (!others) {
      to--;
      while (to > from && white(to - 1)) to--;
    }
  }
  return line.text.slice(from, to);
}

export function read(shell: Shell, args: readonly string[]): number {
  const { has, value, operands } = parseOptions(args, SPECS, { stopAtOperand: true });
  const handle = shell.descriptors.get(Number(value('fd') ?? 0));
  if (handle === undefined) {
    shell.complain(`read: ${value('fd') ?? '0'}: invalid file descriptor: Bad file descriptor`);
    return READ_FAILED;
  }
  const bad = operands.find((name) => !NAME.test(name) && !/^[A-Za-z_]\w*\[.+\]$/.test(name));
  if (bad !== undefined) {
    shell.complain(`read: \`${bad}': not a valid identifier`);
    return READ_FAILED;
  }
  const { streams } = shell.system;
  const terminal = streams.type(handle.fd) === 'TTY';
  if (has('prompt') && terminal) shell.write(2, value('prompt') ?? '');
  const timeout = value('timeout');
  if (
    timeout !== undefined &&
    streams.poll([{ fd: handle.fd, read: true, write: false }], null, Number(timeout) * 1000) === 0
  ) {
    return Number(timeout) === 0 ? READ_FAILED : TIMED_OUT;
  }
  if (Number(timeout ?? 1) === 0) return 0;
  const limit = Number(value('exactly') ?? value('count') ?? Infinity);
  const delimiter = value('delimiter');
  const raw = terminal && (has('silent') || Number.isFinite(limit));
  if (raw) streams.setRawMode(handle.fd, 1);
  const line = readInput(shell, handle.fd, {
    delimiter: delimiter === undefined ? NEWLINE : delimiter === '' ? 0 : delimiter.charCodeAt(0),
    raw: has('raw'),
    limit,
    exact: has('exactly'),
  });
  if (raw) streams.setRawMode(handle.fd, 0);
  if (typeof line === 'number') return READ_FAILED;
  store(shell, line, operands, value('array'), has('exactly'));
  return line.complete ? 0 : READ_FAILED;
}

function store(
  shell: Shell,
  line: Line,
  operands: readonly string[],
  array: string | undefined,
  exact: boolean,
): void {
  const ifs = exact ? '' : (shell.variables.get('IFS') ?? DEFAULT_IFS);
  if (array !== undefined) {
    shell.variables.setArray(
      array,
      line.text === ''
        ? []
        : split(line, ifs, Infinity).filter((field, at, all) => field !== '' || at < all.length - 1),
    );
    return;
  }
  if (operands.length === 0) {
    shell.variables.set('REPLY', line.text);
    return;
  }
  const fields = split(line, ifs, operands.length);
  for (const [at, name] of operands.entries()) shell.variables.set(name, fields[at] ?? '');
}

const MAPFILE_SPECS = {
  delimiter: { short: 'd', value: 'required' },
  count: { short: 'n', value: 'required' },
  origin: { short: 'O', value: 'required' },
  skip: { short: 's', value: 'required' },
  trim: { short: 't' },
  fd: { short: 'u', value: 'required' },
  callback: { short: 'C', value: 'required' },
  quantum: { short: 'c', value: 'required' },
} as const;

/** `mapfile`, `readarray` */
export function mapfile(shell: Shell, args: readonly string[]): number {
  const { has, value, operands } = parseOptions(args, MAPFILE_SPECS);
  const handle = shell.descriptors.get(Number(value('fd') ?? 0));
  if (handle === undefined) return READ_FAILED;
  const given = value('delimiter');
  const delimiter = given === undefined ? '\n' : given === '' ? '\0' : (given[0] ?? '\n');
  const reading: Reading = { delimiter: delimiter.charCodeAt(0), raw: true, limit: Infinity, exact: false };
  const count = Number(value('count') ?? 0) || Infinity;
  let skip = Number(value('skip') ?? 0);
  const name = operands[0] ?? 'MAPFILE';
  const old = shell.variables.value(name);
  const array = has('origin') && Array.isArray(old) ? old : [];
  let at = Number(value('origin') ?? 0);
  for (let taken = 0; taken < count;) {
    const line = readInput(shell, handle.fd, reading);
    if (typeof line === 'number' || (!line.complete && line.text === '')) break;
    if (skip > 0) skip--;
    else {
      array[at++] = line.text + (line.complete && !has('trim') && delimiter !== '\0' ? delimiter : '');
      taken++;
    }
    if (!line.complete) break;
  }
  shell.variables.setArray(name, array);
  return 0;
}
