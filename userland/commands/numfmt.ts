import { lines } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { Failure, type Program, UsageError } from '../program/program.ts';

const SPECS = {
  delimiter: { short: 'd', long: 'delimiter', value: 'required' },
  field: { long: 'field', value: 'required' },
  from: { long: 'from', value: 'required' },
  fromUnit: { long: 'from-unit', value: 'required' },
  to: { long: 'to', value: 'required' },
  toUnit: { long: 'to-unit', value: 'required' },
  round: { long: 'round', value: 'required' },
  suffix: { long: 'suffix', value: 'required' },
  padding: { long: 'padding', value: 'required' },
  header: { long: 'header', value: 'optional' },
  invalid: { long: 'invalid', value: 'required' },
  grouping: { long: 'grouping' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const UNITS = 'KMGTPEZY';
const BAD_INPUT = 2;
const ROUNDING: Readonly<Record<string, (value: number) => number>> = {
  up: Math.ceil,
  down: Math.floor,
  nearest: (value) => Math.sign(value) * Math.round(Math.abs(value)),
  'towards-zero': Math.trunc,
  'from-zero': (value) => Math.sign(value) * Math.ceil(Math.abs(value) - 1e-12),
};

function parseNumber(text: string, scale: string): number {
  const match = /^(-?\d+(?:\.\d+)?)([KMGTPEZY]?)(i?)$/i.exec(text);
  if (!match) throw new Failure(`invalid number: '${text}'`, BAD_INPUT);
  const [, digits = '', letter = '', i = ''] = match;
  if (letter === '') return Number(digits);
  if (scale === 'none')
    throw new Failure(`rejecting suffix in input: '${text}' (consider using --from)`, BAD_INPUT);
  const binary = scale === 'iec' || scale === 'iec-i' || (scale === 'auto' && i !== '');
  if (scale === 'iec-i' && i === '')
    throw new Failure(`missing 'i' suffix in input: '${text}' (e.g Ki/Mi/Gi)`, BAD_INPUT);
  return Number(digits) * (binary ? 1024 : 1000) ** (UNITS.indexOf(letter.toUpperCase()) + 1);
}

function formatNumber(value: number, scale: string, round: (value: number) => number): string {
  if (scale === 'none') return String(round(value));
  const base = scale === 'si' ? 1000 : 1024;
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= base && power < UNITS.length) {
    scaled /= base;
    power++;
  }
  let shown = Math.abs(scaled) < 10 && power > 0 ? round(scaled * 10) / 10 : round(scaled);
  if (Math.abs(shown) >= base) {
    shown /= base;
    power++;
  }
  const letter = power === 0 ? '' : (UNITS[power - 1] ?? '');
  const digits = power > 0 && Math.abs(shown) < 10 ? shown.toFixed(1) : String(shown);
  return digits + letter + (scale === 'iec-i' && power > 0 ? 'i' : '');
}

/** `2`, `1,3`, `2-4`, `3-`, `-`. */
function fieldTest(text: string): (field: number) => boolean {
  const ranges = text.split(',').map((part) => {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (!match || part === '') throw new UsageError(`invalid field value '${part}'`);
    const from = match[1] === '' ? 1 : Number(match[1]);
    return [from, match[2] === '' ? from : match[3] === '' ? Infinity : Number(match[3])] as const;
  });
  return (field) => ranges.some(([from, to]) => field >= from && field <= to);
}

function scaleOf(text: string | undefined): string {
  const scale = text ?? 'none';
  if (!['none', 'auto', 'si', 'iec', 'iec-i'].includes(scale))
    throw new UsageError(`invalid argument '${scale}' for '--from' or '--to'`);
  return scale;
}

function converter(options: Options): (word: string) => string {
  const { value } = options;
  const [from, to] = [scaleOf(value('from')), scaleOf(value('to'))];
  const unit = (text: string | undefined): number =>
    text === undefined ? 1 : parseNumber(text, /i$/.test(text) ? 'iec-i' : 'si');
  const [fromUnit, toUnit] = [unit(value('fromUnit')), unit(value('toUnit'))];
  const round = ROUNDING[value('round') ?? 'from-zero'];
  if (round === undefined) throw new UsageError(`invalid argument '${value('round')}' for '--round'`);
  const suffix = value('suffix') ?? '';
  const padding = value('padding');
  const width = padding === undefined ? 0 : Number(padding);
  return (word) => {
    const bare = suffix !== '' && word.endsWith(suffix) ? word.slice(0, -suffix.length) : word;
    const number = (parseNumber(bare.trim(), from) * fromUnit) / toUnit;
    const fraction = to === 'none' && from === 'none' ? (bare.split('.')[1]?.length ?? 0) : 0;
    const text = (fraction > 0 ? number.toFixed(fraction) : formatNumber(number, to, round)) + suffix;
    return width < 0 ? text.padEnd(-width) : text.padStart(width);
  };
}

export const numfmt: Program = {
  name: 'numfmt',
  usage: 'numfmt [OPTION]... [NUMBER]...',
  help: `Write numbers for people, or for programs.

  -d, --delimiter=CHAR   separates fields (blanks)
      --field=FIELDS     which fields (1)
      --from=SCALE       how they are written: none, auto, si, iec, iec-i
      --from-unit=N      they count N each
      --to=SCALE         how to write them    --to-unit=N
      --round=HOW        up, down, from-zero, towards-zero, nearest
      --suffix=TEXT      after the number
      --padding=N        N columns, on the right; -N on the left
      --header[=N]       the first N lines pass
      --invalid=MODE     abort, fail, warn, ignore`,
  usageStatus: 1,
  main(context) {
    const options = parseOptions(context.args, SPECS, { negativeOperands: true });
    const convert = converter(options);
    const wanted = fieldTest(options.value('field') ?? '1');
    const delimiter = options.value('delimiter');
    const mode = options.value('invalid') ?? 'abort';
    let status = 0;
    const attempt = (word: string): string => {
      try {
        return convert(word);
      } catch (error) {
        if (!(error instanceof Failure) || mode === 'abort') throw error;
        if (mode !== 'ignore') context.stderr.write(`numfmt: ${error.message}\n`);
        if (mode === 'fail') status = BAD_INPUT;
        return word;
      }
    };
    const line = (text: string): string => {
      if (delimiter !== undefined)
        return text
          .split(delimiter)
          .map((word, index) => (wanted(index + 1) ? attempt(word) : word))
          .join(delimiter);
      let field = 0;
      return text.replace(/(\s*)(\S+)/g, (whole, blanks: string, word: string) => {
        if (!wanted(++field)) return whole;
        const kept = field === 1 ? '' : blanks.slice(0, 1);
        const shown = attempt(word);
        // A number that stands on the right of its column stays there.
        const isAligned = whole.length > word.length && !options.has('padding');
        return kept + (isAligned ? shown.padStart(whole.length - kept.length) : shown);
      });
    };
    let header = options.has('header') ? parseCount(options.value('header') ?? '1', 'header value') : 0;
    const source = options.operands.length > 0 ? options.operands : lines(context.system.files, 0, '-');
    for (const text of source)
      context.stdout.write(`${header-- > 0 && options.operands.length === 0 ? text : line(text)}\n`);
    return status;
  },
};
