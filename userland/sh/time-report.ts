import type { Shell } from './shell.ts';

/** `time`: how long a pipeline took, and the processor time of the shell and its children in it. */

const DEFAULT_FORMAT = '\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS';
const POSIX_FORMAT = 'real %2R\nuser %2U\nsys %2S';
const DIGITS = 3;

/** In milliseconds. */
export interface Times {
  real: number;
  user: number;
}

/** Processor time of the shell and of the children that it has waited for, in milliseconds. */
export function usedCpu({ system }: Shell): number {
  const [own, children] = [system.process.cpuTime(), system.process.childrenCpuTime()];
  return (own.user + children.user) / 1000;
}

/** By TIMEFORMAT, as bash has it; empty: nothing is said. */
export function reportTime(shell: Shell, times: Times, posix: boolean): void {
  const format = posix ? POSIX_FORMAT : (shell.variables.get('TIMEFORMAT') ?? DEFAULT_FORMAT);
  if (format === '') return;
  const text = format.replace(
    /%(?:(\d?)(l?)([RUSP])|%)/g,
    (whole, digits: string, long: string, what: string) => {
      if (what === undefined) return whole === '%%' ? '%' : whole;
      const places = digits === '' ? DIGITS : Math.min(Number(digits), DIGITS);
      // Nothing of the time is told apart as the system's.
      if (what === 'P') return ((100 * times.user) / Math.max(1, times.real)).toFixed(2);
      const seconds = (what === 'R' ? times.real : what === 'U' ? times.user : 0) / 1000;
      if (long === '') return seconds.toFixed(places);
      return `${Math.floor(seconds / 60)}m${(seconds % 60).toFixed(places)}s`;
    },
  );
  shell.write(2, `${text}\n`);
}
