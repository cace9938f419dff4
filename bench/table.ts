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
}

/** A Markdown table of the rows, with the ratio of each: below 1 the container is faster. */
export function ratioTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ name, native, container }) =>
      `| ${name} | ${duration(native)} | ${duration(container)} | ${(container / native).toFixed(2)} |`,
  );
  return ['| operation | native | container | ratio |', '| --- | ---: | ---: | ---: |', ...lines].join('\n');
}
