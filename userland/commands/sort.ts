import { SORT_INPUT_MAX_BYTES } from '../../src/base/limits.ts';
import { closeInput, openInput, records } from '../program/input.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { Output } from '../program/output.ts';
import { check } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import {
  applyLetter,
  comparatorOf,
  extractKey,
  type KeySpec,
  NO_ORDERING,
  parseKey,
} from '../text/sort-key.ts';
import { decodeText } from '../text/text.ts';

const SPECS = {
  blanks: { short: 'b', long: 'ignore-leading-blanks' },
  dictionary: { short: 'd', long: 'dictionary-order' },
  fold: { short: 'f', long: 'ignore-case' },
  general: { short: 'g', long: 'general-numeric-sort' },
  printable: { short: 'i', long: 'ignore-nonprinting' },
  month: { short: 'M', long: 'month-sort' },
  human: { short: 'h', long: 'human-numeric-sort' },
  numeric: { short: 'n', long: 'numeric-sort' },
  random: { short: 'R', long: 'random-sort' },
  reverse: { short: 'r', long: 'reverse' },
  version: { short: 'V', long: 'version-sort' },
  check: { short: 'c', long: 'check', value: 'optional' },
  checkQuietly: { short: 'C' },
  key: { short: 'k', long: 'key', value: 'required' },
  merge: { short: 'm', long: 'merge' },
  output: { short: 'o', long: 'output', value: 'required' },
  stable: { short: 's', long: 'stable' },
  bufferSize: { short: 'S', long: 'buffer-size', value: 'required' },
  separator: { short: 't', long: 'field-separator', value: 'required' },
  temporary: { short: 'T', long: 'temporary-directory', value: 'required' },
  parallel: { long: 'parallel', value: 'required' },
  unique: { short: 'u', long: 'unique' },
  zero: { short: 'z', long: 'zero-terminated' },
  files: { long: 'files0-from', value: 'required' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const TROUBLE = 2;
const DISORDER = 1;
const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC
const SEED_RANGE = 0x7fffffff;

const ORDER_OPTIONS = [
  'blanks',
  'dictionary',
  'fold',
  'general',
  'printable',
  'month',
  'human',
  'numeric',
  'random',
  'reverse',
  'version',
] as const;

/** A line with its keys, taken out once. */
interface Row {
  line: string;
  keys: readonly string[];
}

type Compare = (a: Row, b: Row) => number;

interface Plan {
  keys: readonly KeySpec[];
  /** By the keys; then, unless stable or unique, by the whole line. */
  byKeys: Compare;
  compare: Compare;
  separator: string | undefined;
}

function planOf(options: Options): Plan {
  const global = { ...NO_ORDERING };
  for (const name of ORDER_OPTIONS) if (options.has(name)) applyLetter(global, SPECS[name].short);
  const keys = options.occurrences
    .filter(({ name }) => name === 'key')
    .map(({ value }) => parseKey(value ?? ''))
    .map((key) => (key.own ? key : { ...key, ordering: global, endBlanks: global.blanks }));
  const seed = Math.floor(Math.random() * SEED_RANGE);
  const comparators = (keys.length ? keys.map((key) => key.ordering) : [global]).map((one) =>
    comparatorOf(one, seed),
  );
  const [only] = comparators;
  const byKeys: Compare =
    comparators.length === 1 && only
      ? (a, b) => only(a.keys[0] ?? '', b.keys[0] ?? '')
      : (a, b) => {
          for (let i = 0; i < comparators.length; i++) {
            const order = comparators[i]?.(a.keys[i] ?? '', b.keys[i] ?? '') ?? 0;
            if (order !== 0) return order;
          }
          return 0;
        };
  const sign = global.reverse ? -1 : 1;
  const whole: Compare = (a, b) => (a.line < b.line ? -sign : a.line > b.line ? sign : 0);
  const lastResort = !options.has('stable') && !options.has('unique');
  return {
    keys,
    byKeys,
    compare: lastResort ? (a, b) => byKeys(a, b) || whole(a, b) : byKeys,
    separator: separatorOf(options),
  };
}

function separatorOf(options: Options): string | undefined {
  const given = options.value('separator');
  if (given === undefined || given === '\\0') return given === undefined ? undefined : '\0';
  if ([...given].length !== 1)
    throw new UsageError(given === '' ? 'empty tab' : `multi-character tab '${given}'`);
  return given;
}

function* rows(context: ProgramContext, path: string, plan: Plan, end: number): Generator<Row> {
  const { files } = context.system;
  let fd: number;
  try {
    fd = openInput(files, path);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`cannot read: ${error.message}`, TROUBLE);
  }
  let size = 0;
  try {
    for (const { bytes } of records(files, fd, path, end)) {
      size += bytes.length;
      if (size > SORT_INPUT_MAX_BYTES)
        throw new Failure(
          `${path}: more than ${SORT_INPUT_MAX_BYTES} bytes cannot be sorted in memory`,
          TROUBLE,
        );
      const line = decodeText(bytes);
      yield {
        line,
        keys: plan.keys.length ? plan.keys.map((key) => extractKey(line, key, plan.separator)) : [line],
      };
    }
  } catch (error) {
    if (error instanceof Failure && error.status !== TROUBLE)
      throw new Failure(`read failed: ${error.message}`, TROUBLE);
    throw error;
  } finally {
    closeInput(files, fd);
  }
}

function gathered(inputs: readonly Iterable<Row>[]): Row[] {
  const all: Row[] = [];
  for (const input of inputs) for (const row of input) all.push(row);
  return all;
}

/** Inputs that are sorted already, line by line; of equal lines the first input's comes first. */
function* merged(inputs: readonly Iterator<Row>[], compare: Compare): Generator<Row> {
  const heads = inputs.map((input) => input.next());
  for (;;) {
    let best = -1;
    let least: Row | undefined;
    heads.forEach((head, index) => {
      if (head.done || (least !== undefined && compare(head.value, least) >= 0)) return;
      least = head.value;
      best = index;
    });
    const input = inputs[best];
    if (least === undefined || input === undefined) return;
    yield least;
    heads[best] = input.next();
  }
}

function checkOrder(
  context: ProgramContext,
  path: string,
  plan: Plan,
  options: Options,
  end: number,
): number {
  let previous: Row | undefined;
  let number = 0;
  for (const row of rows(context, path, plan, end)) {
    number++;
    const order = previous === undefined ? -1 : plan.compare(previous, row);
    if (order > 0 || (options.has('unique') && order === 0)) {
      const quiet = options.has('checkQuietly') || /^(?:quiet|silent)$/.test(options.value('check') ?? '');
      throw new Failure(quiet ? '' : `${path}:${number}: disorder: ${row.line}`, DISORDER);
    }
    previous = row;
  }
  return 0;
}

function operandsOf(context: ProgramContext, options: Options): readonly string[] {
  const list = options.value('files');
  if (list === undefined) return options.operands.length ? options.operands : ['-'];
  if (options.operands[0] !== undefined)
    throw new UsageError(
      `extra operand '${options.operands[0]}'\nfile operands cannot be combined with --files0-from`,
    );
  const fd = openInput(context.system.files, list);
  return [...records(context.system.files, fd, list, 0)].map(({ bytes }) => decodeText(bytes.slice()));
}

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS);
  const plan = planOf(options);
  const end = options.has('zero') ? 0 : 10;
  const paths = operandsOf(context, options);
  if (options.has('check') || options.has('checkQuietly')) {
    if (paths[1] !== undefined) throw new Failure(`extra operand '${paths[1]}' not allowed with -c`, TROUBLE);
    return checkOrder(context, paths[0] ?? '-', plan, options, end);
  }
  const inputs = paths.map((path) => rows(context, path, plan, end));
  const sorted = options.has('merge') ? merged(inputs, plan.compare) : gathered(inputs).sort(plan.compare);
  const target = options.value('output');
  const { files } = context.system;
  const out =
    target === undefined
      ? context.stdout
      : new Output(
          context.system,
          check(files.open(target, CREATE_TRUNCATE, 0o666), `open failed: ${target}`),
        );
  const terminator = end === 0 ? '\0' : '\n';
  let previous: Row | undefined;
  for (const row of sorted) {
    if (options.has('unique') && previous !== undefined && plan.byKeys(previous, row) === 0) continue;
    previous = row;
    out.write(row.line + terminator);
    if (out.failed) return TROUBLE;
  }
  out.flush();
  return out.failed ? TROUBLE : 0;
}

export const sort: Program = {
  name: 'sort',
  usage: 'sort [OPTION]... [FILE]...',
  help: `Sort the lines of all files (- or none: standard input).

  -b, --ignore-leading-blanks   -d, --dictionary-order   -f, --ignore-case
  -g, --general-numeric-sort    -h, --human-numeric-sort -i, --ignore-nonprinting
  -M, --month-sort              -n, --numeric-sort       -R, --random-sort
  -r, --reverse                 -V, --version-sort
  -c, --check                   say where the input is not sorted (-C: only the status)
  -k, --key=F[.C][OPTS][,F[.C][OPTS]]
                                sort by that part of the line; several keys one after the other
  -m, --merge                   inputs are sorted already
  -o, --output=FILE             write to FILE, which may be an input
  -s, --stable                  leave lines with equal keys in their order
  -t, --field-separator=SEP     fields end at SEP
  -u, --unique                  one of lines with equal keys
  -z, --zero-terminated         lines end in NUL
      --files0-from=F           files to read from F, each ends in NUL`,
  main,
};
