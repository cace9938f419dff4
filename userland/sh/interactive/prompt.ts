import { decodeText } from '../../text/text.ts';
import { strftime, zoneOf } from '../../text/time.ts';
import { Accounts } from '../../files/accounts.ts';
import { runText } from '../builtins/flow.ts';
import { ShellError } from '../control.ts';
import { expandText } from '../expand.ts';
import { SHELL_VERSION } from '../identity.ts';
import type { Shell } from '../shell.ts';

const ROOT = 0;
const BYTE = 0xff;

/** PS1 and its kin: bash's backslash escapes, then expansions. */
export function promptText(shell: Shell, source: string): string {
  const escaped = source.replace(
    /\\(?:([0-7]{3})|D\{([^}]*)\}|([\s\S]))/g,
    (_whole, octal?: string, format?: string, letter?: string) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & BYTE);
      if (format !== undefined) return time(shell, format || '%X');
      return escapeText(shell, letter ?? '');
    },
  );
  if (!shell.options.shopt('promptvars')) return escaped;
  // A backslash at the end is one: nothing follows that it could protect.
  const open = /(?:^|[^\\])(?:\\\\)*\\$/.test(escaped);
  try {
    return expandText(shell, open ? `${escaped}\\` : escaped);
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    shell.complain(error.message);
    return escaped;
  }
}

/** PROMPT_COMMAND, or each element of it: run before PS1 is shown; it leaves `$?` as it was. */
export function promptCommand(shell: Shell): void {
  const value = shell.variables.find('PROMPT_COMMAND')?.value;
  const commands = typeof value === 'string' ? [value] : value === undefined ? [] : Object.values(value);
  const status = shell.status;
  for (const text of commands) {
    if (text.trim() !== '') runText(shell, { text, name: 'PROMPT_COMMAND', firstLine: 1 });
    shell.status = status;
  }
}

function time(shell: Shell, format: string): string {
  return strftime(
    format,
    Date.now() / 1000,
    0,
    zoneOf(Object.fromEntries([['TZ', shell.variables.get('TZ') ?? 'UTC']])),
  );
}

function home(shell: Shell): string {
  const directory = shell.variables.get('HOME') ?? '';
  if (directory === '' || !(shell.cwd === directory || shell.cwd.startsWith(`${directory}/`)))
    return shell.cwd;
  return `~${shell.cwd.slice(directory.length)}`;
}

function escapeText(shell: Shell, letter: string): string {
  const { process } = shell.system;
  switch (letter) {
    case 'a':
      return '\x07';
    case 'd':
      return time(shell, '%a %b %d');
    case 'e':
      return '\x1b';
    case 'h':
      return process.hostname.split('.')[0] ?? '';
    case 'H':
      return process.hostname;
    case 'j':
      return String(shell.jobs.shown.list.length);
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 's':
      return shell.program;
    case 't':
      return time(shell, '%H:%M:%S');
    case 'T':
      return time(shell, '%I:%M:%S');
    case '@':
      return time(shell, '%I:%M %p');
    case 'A':
      return time(shell, '%H:%M');
    case 'u':
      return new Accounts(shell.system.files).user(process.uid);
    case 'v':
      return SHELL_VERSION.split('.').slice(0, 2).join('.');
    case 'V':
      return SHELL_VERSION.split('(')[0] ?? '';
    case 'w':
      return home(shell);
    case 'W':
      return home(shell).replace(/^.*\/(?=.)/, '');
    case 'l':
      return terminalName(shell);
    case '!':
      return String(shell.history.nextNumber);
    case '#':
      return String(shell.commandNumber);
    case '$':
      return process.uid === ROOT ? '#' : '\\$';
    case '[':
    case ']':
      return '';
    case '\\':
      return '\\';
    default:
      return `\\${letter}`;
  }
}

/** The last part of the terminal's name; `tty` where there is none. */
function terminalName(shell: Shell): string {
  const { files, streams } = shell.system;
  if (streams.type(0) !== 'TTY') return 'tty';
  const target = files.readlink('/proc/self/fd/0');
  return typeof target === 'number' ? 'tty' : decodeText(target).replace(/^.*\//, '');
}
