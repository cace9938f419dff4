/** The control characters of a terminal: c_cc of termios(3). */

/** What they are at first, as on Linux. */
export const DEFAULT_CONTROLS = {
  intr: 0x03,
  quit: 0x1c,
  erase: 0x7f,
  kill: 0x15,
  eof: 0x04,
  susp: 0x1a,
  werase: 0x17,
  lnext: 0x16,
  start: 0x11,
  stop: 0x13,
} as const;
export type ControlName = keyof typeof DEFAULT_CONTROLS;
export type TerminalControls = Readonly<Record<ControlName, number>>;

/** No key does this. */
export const CONTROL_DISABLED = 0xff;
