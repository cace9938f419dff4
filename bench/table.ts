export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new RangeError('no numbers');
  return middle;
}

export function geometricMean(numbers: readonly number[]): number {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

const UNITS: readonly [number, string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

export function duration(nanoseconds: number): string {
  const [size, unit] = UNITS.find(([least]) => nanoseconds >= least) ?? [1, 'ns'];
  return `${Number((nanoseconds / size).toPrecision(3))} ${unit}`;
}

export interface Row {
  name: string;
  /** Nanoseconds. */
  native: number;
  container: number;
  /** The greatest ratio that is asked for. */
  asked?: number;
}

/** A Markdown table of the rows, with the ratio of each: below 1 the container is faster. */
export function ratioTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ name, native, container, asked }) =>
      `| ${name} | ${duration(native)} | ${duration(container)} | ${(container / native).toFixed(2)} | ${asked === undefined ? '' : `≤ ${asked}`} |`,
  );
  const head = ['| operation | native | container | ratio | asked |', '| --- | ---: | ---: | ---: | ---: |'];
  return [...head, ...lines].join('\n');
}

/** A row whose first calls in a fresh process are told from the later ones. */
export interface WarmingRow extends Row {
  cold: { native: number; container: number };
}

/** As `ratioTable`, of the later calls, with the first ones beside. */
export function warmingTable(rows: readonly WarmingRow[]): string {
  const cells = ({ native, container }: { native: number; container: number }): string =>
    `${duration(native)} | ${duration(container)} | ${(container / native).toFixed(2)}`;
  const lines = rows.map(
    (row) =>
      `| ${row.name} | ${cells(row)} | ${row.asked === undefined ? '' : `≤ ${row.asked}`} | ${cells(row.cold)} |`,
  );
  const head = [
    '| operation | native | container | ratio | asked | native, first calls | container, first calls | ratio |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  return [...head, ...lines].join('\n');
}

/** What has no native counterpart: name, figure, and what is asked for. */
export type Figure = readonly [name: string, value: string, asked: string];

export function figureTable(figures: readonly Figure[]): string {
  const lines = figures.map(([name, value, asked]) => `| ${name} | ${value} | ${asked} |`);
  return ['| | | asked |', '| --- | ---: | ---: |', ...lines].join('\n');
}
