/** Linux signal numbers (x86-64) and what each does to a process that does not listen to it: signal(7). */
export const Signal = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

export type SignalName = keyof typeof Signal;
export const SIGNAL_MAX = 64;

const nameByNumber = new Map<number, SignalName>(
  (Object.entries(Signal) as [SignalName, number][]).map(([name, number]) => [number, name]),
);

export function signalName(number: number): SignalName | undefined {
  return nameByNumber.get(number);
}

/** 'SIGTERM', 'TERM' or 15 → 15; undefined when there is no such signal. */
export function signalNumber(signal: string | number): number | undefined {
  if (typeof signal === 'number') {
    return Number.isInteger(signal) && signal >= 0 && signal <= SIGNAL_MAX ? signal : undefined;
  }
  const name = signal.toUpperCase();
  return (Signal as Record<string, number>)[name] ?? (Signal as Record<string, number>)[`SIG${name}`];
}

export type DefaultAction = 'terminate' | 'ignore' | 'stop' | 'continue';

export function defaultAction(signal: number): DefaultAction {
  switch (signal) {
    case Signal.SIGCHLD:
    case Signal.SIGURG:
    case Signal.SIGWINCH:
      return 'ignore';
    case Signal.SIGSTOP:
    case Signal.SIGTSTP:
    case Signal.SIGTTIN:
    case Signal.SIGTTOU:
      return 'stop';
    case Signal.SIGCONT:
      return 'continue';
    default:
      return 'terminate';
  }
}

/** Of the two words that a set of signals is kept in, those that the first has; the others are the second's. */
export const LOW_SIGNALS = 32;

/** The signals of such a set. */
export function signalsOf(low: number, high: number): number[] {
  const signals: number[] = [];
  for (let signal = 0; signal < 2 * LOW_SIGNALS; signal++) {
    const word = signal < LOW_SIGNALS ? low : high;
    if (word & (1 << (signal % LOW_SIGNALS))) signals[signals.length] = signal;
  }
  return signals;
}
