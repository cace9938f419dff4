import { DEFAULT_CONTROLS } from '../../src/base/terminal-controls.ts';
import { TTY_COOKED } from '../../src/protocol/ipc-layout.ts';
import { parseOptions } from '../program/options.ts';
import type { Program } from '../program/program.ts';

/** Home, erase the screen, erase what has scrolled away: as ncurses' clear writes it for xterm. */
const CLEAR = '\x1b[H\x1b[2J\x1b[3J';
/** A full reset (RIS), then everything that programs switch on and leave so. */
const RESET = '\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>\x1b[?1049l\x1b[?2004l\x1b[?25h\x1b[0m';

export const clear: Program = {
  name: 'clear',
  usage: 'clear [-x]',
  help: `Clear the terminal.

  -x   keep what has scrolled away`,
  main(context) {
    const { has } = parseOptions(context.args, { keep: { short: 'x' } });
    context.stdout.write(has('keep') ? CLEAR.replace('\x1b[3J', '') : CLEAR);
    return 0;
  },
};

export const reset: Program = {
  name: 'reset',
  usage: 'reset',
  help: 'Bring the terminal back to its senses: modes, colours, cursor.',
  main(context) {
    parseOptions(context.args, {});
    const { streams } = context.system;
    streams.setTerminalModes(0, TTY_COOKED);
    streams.setTerminalControls(0, DEFAULT_CONTROLS);
    context.stdout.write(RESET);
    return 0;
  },
};
