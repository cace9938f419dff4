import { runChild } from '../program/child.ts';
import { Failure } from '../program/program.ts';
import { strftime, zoneOf } from '../text/time.ts';
import type { Expression } from './ast.ts';
import type { AwkMachine } from './machine.ts';
import { InputText, toNumber, type Value } from './values.ts';

const FATAL = 2;

type Builtin = (machine: AwkMachine, args: readonly Expression[]) => Value;

export function callBuiltin(machine: AwkMachine, name: string, args: readonly Expression[]): Value {
  const builtin = BUILTINS[name];
  if (builtin === undefined) throw new Failure(`function \`${name}' not defined`, FATAL);
  return builtin(machine, args);
}

const numberAt = (machine: AwkMachine, args: readonly Expression[], index: number): number => {
  const argument = args[index];
  return argument === undefined ? 0 : toNumber(machine.evaluate(argument));
};
const textAt = (machine: AwkMachine, args: readonly Expression[], index: number): string => {
  const argument = args[index];
  return argument === undefined ? '' : machine.string(machine.evaluate(argument));
};
const numeric =
  (of: (value: number) => number): Builtin =>
  (machine, args) =>
    of(numberAt(machine, args, 0));

/** One code unit a character unless the text has more than that. */
const characters = (text: string): string[] => [...text];
const PLAIN = /^[\x00-\x7f]*$/;

/** Linear congruential (POSIX leaves the generator open); the same seed gives the same numbers. */
function random(machine: AwkMachine): number {
  const MODULUS = 2 ** 31;
  machine.seed = (Math.imul(machine.seed, 1_103_515_245) + 12_345) & (MODULUS - 1);
  return machine.seed / MODULUS;
}

/** sub and gsub: `&` is what matched, `\&` the character itself. */
function substitute(machine: AwkMachine, args: readonly Expression[], global: boolean): number {
  const [pattern, , given] = args;
  if (pattern === undefined) return 0;
  const target: Expression = given ?? { kind: 'field', index: { kind: 'number', value: 0 } };
  const replacement = textAt(machine, args, 1);
  const text = machine.string(machine.evaluate(target));
  const regex = machine.regexOf(pattern);
  let count = 0;
  let result = '';
  let at = 0;
  let previousEnd = -1;
  for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
    const end = match.index + match[0].length;
    if (match[0] !== '' || match.index !== previousEnd) {
      const [matched] = match;
      result +=
        text.slice(at, match.index) +
        replacement.replace(/\\\\|\\&|&/g, (one) => (one === '&' ? matched : one.slice(1)));
      at = end;
      count++;
      if (!global) break;
    }
    previousEnd = end;
    if (match[0] === '') regex.lastIndex = end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
    if (regex.lastIndex > text.length) break;
  }
  if (count > 0) machine.assign(target, result + text.slice(at));
  return count;
}

function substring(text: string, from: number, length: number | undefined): string {
  const all = PLAIN.test(text) ? text : characters(text);
  const round = (value: number): number => (Number.isFinite(value) ? Math.round(value) : value);
  const start = round(from);
  const end = length === undefined ? Infinity : start + round(length);
  const piece = all.slice(Math.max(0, start - 1), Math.max(0, end - 1));
  return typeof piece === 'string' ? piece : piece.join('');
}

function splitInto(machine: AwkMachine, args: readonly Expression[]): number {
  const [, array, separator] = args;
  const text = textAt(machine, args, 0);
  if (array?.kind !== 'variable') throw new Failure('split: second argument is not an array', FATAL);
  const by =
    separator === undefined
      ? machine.text('FS')
      : separator.kind === 'regex'
        ? separator.regex.source
        : textAt(machine, args, 2);
  const pieces =
    separator?.kind === 'regex' ? splitByRegex(machine, text, separator) : machine.split(text, by);
  const target = machine.array(array.name);
  target.clear();
  pieces.forEach((piece, index) => target.set(String(index + 1), new InputText(piece)));
  return pieces.length;
}

function splitByRegex(machine: AwkMachine, text: string, expression: Expression): string[] {
  if (text === '') return [];
  const regex = machine.regexOf(expression);
  const pieces: string[] = [];
  let at = 0;
  for (const match of text.matchAll(regex)) {
    if (match[0] === '') continue;
    pieces.push(text.slice(at, match.index));
    at = match.index + match[0].length;
  }
  return [...pieces, text.slice(at)];
}

function matchAt(machine: AwkMachine, args: readonly Expression[]): number {
  const text = textAt(machine, args, 0);
  const [, pattern] = args;
  const match = pattern === undefined ? null : machine.regexOf(pattern).exec(text);
  const start = match === null ? 0 : characters(text.slice(0, match.index)).length + 1;
  machine.setVariable('RSTART', start);
  machine.setVariable('RLENGTH', match === null ? -1 : characters(match[0]).length);
  return start;
}

function length(machine: AwkMachine, args: readonly Expression[]): number {
  const [argument] = args;
  if (argument === undefined) return lengthOf(machine.record());
  if (argument.kind === 'variable' && machine.globals.get(argument.name) instanceof Map)
    return machine.array(argument.name).size;
  if (argument.kind === 'variable') {
    try {
      return lengthOf(machine.string(machine.variable(argument.name)));
    } catch (error) {
      if (error instanceof Failure) return machine.array(argument.name).size;
      throw error;
    }
  }
  return lengthOf(textAt(machine, args, 0));
}

function lengthOf(text: string): number {
  return PLAIN.test(text) ? text.length : characters(text).length;
}

function flush(machine: AwkMachine): number {
  machine.streams.flush();
  return 0;
}

const seconds = (machine: AwkMachine): number => {
  const { clock } = machine.context.system;
  return Math.floor((clock.timeOrigin + clock.now()) / 1000);
};

const BUILTINS: Readonly<Record<string, Builtin>> = {
  length,
  substr: (machine, args) =>
    substring(
      textAt(machine, args, 0),
      numberAt(machine, args, 1),
      args[2] === undefined ? undefined : numberAt(machine, args, 2),
    ),
  index: (machine, args) => {
    const text = textAt(machine, args, 0);
    const at = text.indexOf(textAt(machine, args, 1));
    return at < 0 ? 0 : lengthOf(text.slice(0, at)) + 1;
  },
  split: splitInto,
  sub: (machine, args) => substitute(machine, args, false),
  gsub: (machine, args) => substitute(machine, args, true),
  match: matchAt,
  sprintf: (machine, args) =>
    machine.format(
      textAt(machine, args, 0),
      args.slice(1).map((one) => machine.evaluate(one)),
    ),
  sin: numeric(Math.sin),
  cos: numeric(Math.cos),
  atan2: (machine, args) => Math.atan2(numberAt(machine, args, 0), numberAt(machine, args, 1)),
  exp: numeric(Math.exp),
  log: numeric(Math.log),
  sqrt: numeric(Math.sqrt),
  int: numeric(Math.trunc),
  rand: random,
  srand: (machine, args) => {
    const before = machine.seed;
    machine.seed = args.length ? numberAt(machine, args, 0) : seconds(machine);
    return before;
  },
  tolower: (machine, args) => textAt(machine, args, 0).toLowerCase(),
  toupper: (machine, args) => textAt(machine, args, 0).toUpperCase(),
  system: (machine, args) => {
    machine.streams.flush();
    return runChild(machine.context, ['sh', '-c', textAt(machine, args, 0)]);
  },
  close: (machine, args) => machine.streams.close(textAt(machine, args, 0)),
  fflush: flush,
  systime: seconds,
  strftime: (machine, args) =>
    strftime(
      args.length ? textAt(machine, args, 0) : '%c',
      args.length > 1 ? numberAt(machine, args, 1) : seconds(machine),
      0,
      zoneOf(machine.context.env),
    ),
};
