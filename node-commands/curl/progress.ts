/** curl's meter and bar on standard error. */
const HEAD =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n' +
  '                                 Dload  Upload   Total   Spent    Left  Speed\n';
const INTERVAL_MS = 1000;
const BAR_COLUMNS = 70;

export interface Progress {
  expect(bytes: number | undefined): void;
  moved(bytes: number): void;
  end(): void;
}

export const NO_PROGRESS: Progress = {
  expect: () => undefined,
  moved: () => undefined,
  end: () => undefined,
};

export class Meter implements Progress {
  readonly #start = performance.now();
  readonly #bar: boolean;
  #total: number | undefined;
  #moved = 0;
  #shown = Number.NEGATIVE_INFINITY;

  constructor(bar: boolean) {
    this.#bar = bar;
    if (!bar) process.stderr.write(HEAD);
  }
  expect(bytes: number | undefined): void {
    this.#total = bytes;
    this.#show();
  }
  moved(bytes: number): void {
    this.#moved += bytes;
    if (performance.now() - this.#shown >= INTERVAL_MS) this.#show();
  }
  end(): void {
    this.#show();
    process.stderr.write('\n');
  }

  #show(): void {
    this.#shown = performance.now();
    const spent = (this.#shown - this.#start) / 1000;
    const total = this.#total ?? 0;
    const percent = total > 0 ? Math.floor((this.#moved / total) * 100) : 0;
    if (this.#bar) {
      const part = total > 0 ? this.#moved / total : 1;
      const bar = '#'.repeat(Math.round(part * BAR_COLUMNS)).padEnd(BAR_COLUMNS);
      process.stderr.write(`\r${bar} ${(part * 100).toFixed(1).padStart(5)}%`);
      return;
    }
    const speed = spent > 0 ? this.#moved / spent : 0;
    const whole = total > 0 && speed > 0 ? total / speed : undefined;
    const cells = [
      `${String(percent).padStart(3)} ${amount(Math.max(total, this.#moved))}`,
      `${String(percent).padStart(3)} ${amount(this.#moved)}`,
      `  0     0 ${amount(speed)}      0`,
      `${clock(whole)} ${clock(spent)} ${clock(whole === undefined ? undefined : whole - spent)} ${amount(speed)}`,
    ];
    process.stderr.write(`\r${cells.join('  ')}`);
  }
}

/** Five columns. */
function amount(bytes: number): string {
  const whole = Math.round(bytes);
  if (whole < 100_000) return String(whole).padStart(5);
  let value = whole / 1024;
  for (const unit of ['k', 'M', 'G', 'T']) {
    if (value < 10_000 && unit === 'k') return `${Math.floor(value)}k`.padStart(5);
    if (value < 100) return `${value.toFixed(1)}${unit}`.padStart(5);
    if (value < 10_000) return `${Math.floor(value)}${unit}`.padStart(5);
    value /= 1024;
  }
  return '*****';
}

function clock(seconds: number | undefined): string {
  if (seconds === undefined || seconds < 1) return '--:--:--';
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(Math.floor(whole / 3600)).padStart(2)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
