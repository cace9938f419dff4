import { records } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { forEachFile } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { decodeText } from '../text/text.ts';

const SPECS = {
  bytes: { short: 'b', long: 'bytes', value: 'required' },
  characters: { short: 'c', long: 'characters', value: 'required' },
  delimiter: { short: 'd', long: 'delimiter', value: 'required' },
  fields: { short: 'f', long: 'fields', value: 'required' },
  unsplit: { short: 'n' },
  complement: { long: 'complement' },
  onlyDelimited: { short: 's', long: 'only-delimited' },
  outputDelimiter: { long: 'output-delimiter', value: 'required' },
  zero: { short: 'z', long: 'zero-terminated' },
} as const;

type Range = readonly [first: number, last: number];

/** `1,3-5,7-`: merged and in order, as cut prints positions once and in input order whatever the list's order. */
function parseList(list: string, what: string): Range[] {
  const ranges = list.split(/[, ]/).map((item): Range => {
    const match = /^(\d+)?(-)?(\d+)?$/.exec(item);
    if (!match || (match[1] === undefined && match[3] === undefined))
      throw new UsageError(`invalid ${what} value '${item}'`);
    const first = Number(match[1] ?? 1);
    const last = match[2] === undefined ? first : Number(match[3] ?? Infinity);
    if (first === 0) throw new UsageError(`${what}s are numbered from 1`);
    if (last < first) throw new UsageError('invalid decreasing range');
    return [first, last];
  });
  ranges.sort((a, b) => a[0] - b[0]);
  const merged: Range[] = [];
  for (const range of ranges) {
    const previous = merged.at(-1);
    if (previous && range[0] <= previous[1])
      merged[merged.length - 1] = [previous[0], Math.max(previous[1], range[1])];
    else merged.push(range);
  }
  return merged;
}

function complement(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let next = 1;
  for (const [first, last] of ranges) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next !== Infinity) gaps.push([next, Infinity]);
  return gaps;
}

interface Cutting {
  kind: 'bytes' | 'fields';
  ranges: Range[];
  delimiter: string;
  between: string | undefined;
  onlyDelimited: boolean;
}

function cutBytes(bytes: Uint8Array, { ranges, between }: Cutting): (string | Uint8Array)[] {
  const pieces: (string | Uint8Array)[] = [];
  for (const [first, last] of ranges) {
    if (first > bytes.length) break;
    if (between !== undefined && pieces.length > 0) pieces.push(between);
    pieces.push(bytes.slice(first - 1, last));
  }
  return pieces;
}

function cutFields(line: string, { ranges, delimiter, between, onlyDelimited }: Cutting): string | undefined {
  const fields = line.split(delimiter);
  if (fields.length === 1) return onlyDelimited ? undefined : line;
  const chosen = ranges.flatMap(([first, last]) => fields.slice(first - 1, last));
  return chosen.join(between ?? delimiter);
}

function cuttingOf(context: ProgramContext): {
  cutting: Cutting;
  zero: boolean;
  operands: readonly string[];
} {
  const { has, value, operands } = parseOptions(context.args, SPECS);
  const lists = (['bytes', 'characters', 'fields'] as const).filter((name) => has(name));
  const [kind] = lists;
  if (kind === undefined) throw new UsageError('you must specify a list of bytes, characters, or fields');
  if (lists.length > 1) throw new UsageError('only one type of list may be specified');
  const delimiter = value('delimiter') ?? '\t';
  if ([...delimiter].length > 1) throw new UsageError('the delimiter must be a single character');
  if (kind !== 'fields' && has('delimiter'))
    throw new UsageError('an input delimiter may be specified only when operating on fields');
  const ranges = parseList(value(kind) ?? '', kind === 'fields' ? 'field' : 'byte/character position');
  const cutting: Cutting = {
    kind: kind === 'fields' ? 'fields' : 'bytes',
    ranges: has('complement') ? complement(ranges) : ranges,
    delimiter: delimiter === '' ? '\0' : delimiter,
    between: value('outputDelimiter'),
    onlyDelimited: has('onlyDelimited'),
  };
  return { cutting, zero: has('zero'), operands };
}

function main(context: ProgramContext): number {
  const { cutting, zero, operands } = cuttingOf(context);
  const end = zero ? '\0' : '\n';
  return forEachFile(context, operands, (fd, path) => {
    for (const { bytes } of records(context.system.files, fd, path, zero ? 0 : 10)) {
      if (cutting.kind === 'bytes') {
        for (const piece of cutBytes(bytes, cutting)) context.stdout.write(piece);
        context.stdout.write(end);
      } else {
        const line = cutFields(decodeText(bytes), cutting);
        if (line !== undefined) context.stdout.write(line + end);
      }
      if (context.stdout.failed) throw new Failure('write error');
    }
  });
}

export const cut: Program = {
  name: 'cut',
  usage: 'cut -b LIST | -c LIST | -f LIST [OPTION]... [FILE]...',
  help: `Print chosen parts of each line.

  -b, --bytes=LIST              these bytes
  -c, --characters=LIST         these characters (as bytes, like GNU cut)
  -d, --delimiter=CHAR          between fields (TAB)
  -f, --fields=LIST             these fields; lines without delimiter are printed whole
      --complement              all but those
  -s, --only-delimited          leave out lines without delimiter
      --output-delimiter=TEXT   between the parts printed
  -z, --zero-terminated         records end in NUL
LIST: N, N-M, N-, -M, several separated by commas.`,
  usageStatus: 1,
  main,
};
