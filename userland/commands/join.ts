import { closeInput, lines, openInput } from '../program/input.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { compareCodePoints } from '../files/walk.ts';

const SPECS = {
  unpaired: { short: 'a', value: 'required' },
  only: { short: 'v', value: 'required' },
  empty: { short: 'e', value: 'required' },
  ignoreCase: { short: 'i', long: 'ignore-case' },
  field: { short: 'j', value: 'required' },
  format: { short: 'o', value: 'required' },
  separator: { short: 't', value: 'required' },
  first: { short: '1', value: 'required' },
  second: { short: '2', value: 'required' },
  check: { long: 'check-order' },
  noCheck: { long: 'nocheck-order' },
  header: { long: 'header' },
  zero: { short: 'z', long: 'zero-terminated' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

interface Row {
  readonly fields: readonly string[];
  readonly key: string;
}

/** Rows of a sorted file, those with the same key together. */
class Table {
  group: Row[] = [];
  readonly #rows: Iterator<string>;
  readonly #parse: (line: string) => Row;
  readonly #outOfOrder: (line: string) => void;
  #next: Row | undefined;

  constructor(source: Iterator<string>, parse: (line: string) => Row, outOfOrder: (line: string) => void) {
    this.#rows = source;
    this.#parse = parse;
    this.#outOfOrder = outOfOrder;
    this.#next = this.#read(undefined);
  }

  get key(): string | undefined {
    return this.group[0]?.key;
  }

  header(): Row | undefined {
    const row = this.#next;
    this.#next = this.#read(undefined);
    return row;
  }

  advance(): void {
    this.group = [];
    while (this.#next !== undefined && (this.group.length === 0 || this.#next.key === this.key)) {
      this.group.push(this.#next);
      this.#next = this.#read(this.#next);
    }
  }

  #read(before: Row | undefined): Row | undefined {
    const item = this.#rows.next();
    if (item.done === true) return undefined;
    const row = this.#parse(item.value);
    if (before !== undefined && compareCodePoints(row.key, before.key) < 0) this.#outOfOrder(item.value);
    return row;
  }
}

/** `0`, `1.2`, `2.3`: which file's which field. */
type Column = readonly [file: number, field: number];

function columnsOf(text: string): Column[] {
  return text.split(/[\s,]+/).map((word) => {
    const match = /^(?:0|([12])\.(\d+))$/.exec(word);
    if (!match) throw new UsageError(`invalid field specifier: '${word}'`);
    return word === '0' ? [0, 0] : [Number(match[1]), Number(match[2])];
  });
}

function fieldNumber(text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`invalid field number: '${text}'`);
  return Number(text);
}

class Join {
  status = 0;
  readonly #context: ProgramContext;
  readonly #separator: string | undefined;
  readonly #end: string;
  readonly #empty: string;
  readonly #numbers: readonly [number, number];
  readonly #columns: readonly Column[] | 'auto' | undefined;
  readonly #options: Options;

  constructor(context: ProgramContext, options: Options) {
    this.#context = context;
    this.#options = options;
    const { value, has } = options;
    const separator = value('separator');
    this.#separator = separator === '\\0' ? '\0' : separator;
    this.#end = has('zero') ? '\0' : '\n';
    this.#empty = value('empty') ?? '';
    const both = value('field');
    this.#numbers = [fieldNumber(value('first') ?? both), fieldNumber(value('second') ?? both)];
    const format = value('format');
    this.#columns =
      format === undefined || format === 'auto' ? (format as 'auto' | undefined) : columnsOf(format);
  }

  run(paths: readonly [string, string]): number {
    const fds = paths.map((path) => openInput(this.#context.system.files, path));
    const [left, right] = paths.map((path, index) => this.#table(path, fds[index] ?? 0, index)) as [
      Table,
      Table,
    ];
    const flag = (name: 'unpaired' | 'only', file: string): boolean =>
      this.#options.occurrences.some((one) => one.name === name && one.value === file);
    const shown = [
      flag('unpaired', '1') || flag('only', '1'),
      flag('unpaired', '2') || flag('only', '2'),
    ] as const;
    const pairs = !this.#options.has('only');
    if (this.#options.has('header')) {
      const [a, b] = [left.header(), right.header()];
      if (a !== undefined || b !== undefined)
        this.#print(a, b, (a ?? b)?.fields[(a ? this.#numbers[0] : this.#numbers[1]) - 1] ?? '');
    }
    left.advance();
    right.advance();
    while (left.key !== undefined || right.key !== undefined) {
      const order =
        left.key === undefined ? 1 : right.key === undefined ? -1 : compareCodePoints(left.key, right.key);
      if (order < 0) {
        if (shown[0]) for (const row of left.group) this.#print(row, undefined, this.#own(row, 0));
        left.advance();
      } else if (order > 0) {
        if (shown[1]) for (const row of right.group) this.#print(undefined, row, this.#own(row, 1));
        right.advance();
      } else {
        if (pairs)
          for (const a of left.group) for (const b of right.group) this.#print(a, b, this.#own(a, 0));
        left.advance();
        right.advance();
      }
    }
    for (const fd of fds) closeInput(this.#context.system.files, fd);
    return this.status;
  }

  #own(row: Row, file: 0 | 1): string {
    return row.fields[this.#numbers[file] - 1] ?? '';
  }

  #table(path: string, fd: number, index: number): Table {
    const number = this.#numbers[index] ?? 1;
    const parse = (line: string): Row => {
      const fields =
        this.#separator === undefined
          ? line.split(/[ \t]+/).filter((field, at) => at > 0 || field !== '')
          : this.#separator === ''
            ? [line]
            : line.split(this.#separator);
      const key = fields[number - 1] ?? '';
      return { fields, key: this.#options.has('ignoreCase') ? key.toUpperCase() : key };
    };
    let at = 0;
    const source = lines(this.#context.system.files, fd, path, this.#end.charCodeAt(0));
    const counted = (function* () {
      for (const line of source) {
        at++;
        yield line;
      }
    })();
    let said = false;
    return new Table(counted, parse, (line) => {
      if (this.#options.has('noCheck') || said) return;
      said = true;
      const message = `${path}:${at}: is not sorted: ${line}`;
      if (this.#options.has('check')) throw new Failure(message);
      this.#context.stderr.write(`join: ${message}\n`);
      this.status = 1;
    });
  }

  #print(a: Row | undefined, b: Row | undefined, key: string): void {
    const rest = (row: Row | undefined, file: 0 | 1): readonly string[] =>
      row?.fields.filter((_, index) => index !== this.#numbers[file] - 1) ?? [];
    const cells =
      this.#columns === undefined || this.#columns === 'auto'
        ? [key, ...rest(a, 0), ...rest(b, 1)]
        : this.#columns.map(
            ([file, field]) => (file === 0 ? key : (file === 1 ? a : b)?.fields[field - 1]) ?? '',
          );
    this.#context.stdout.write(
      cells.map((cell) => (cell === '' ? this.#empty : cell)).join(this.#separator || ' ') + this.#end,
    );
  }
}

export const join: Program = {
  name: 'join',
  usage: 'join [OPTION]... FILE1 FILE2',
  help: `Put together the lines of two sorted files that have the same first field.

  -1 N  -2 N  -j N    field N of the first, the second, both
  -a FILE  -v FILE    lines without a partner too; only those (FILE: 1 or 2)
  -e TEXT             for fields that are not there
  -i, --ignore-case
  -o FORMAT           fields to print: 0, 1.2, 2.3
  -t CHAR             separates fields (blanks)
      --header        first lines go together    --check-order  --nocheck-order
  -z, --zero-terminated`,
  usageStatus: 1,
  main(context) {
    const options = parseOptions(context.args, SPECS);
    const [first, second, extra] = options.operands;
    if (first === undefined || second === undefined)
      throw new UsageError(first === undefined ? 'missing operand' : `missing operand after '${first}'`);
    if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
    return new Join(context, options).run([first, second]);
  },
};
