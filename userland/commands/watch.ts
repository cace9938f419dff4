import { Signal } from '../../src/base/signals.ts';
import { spawnChild, waitForChild } from '../program/child.ts';
import { chunks } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { LiveScreen } from '../proc/live.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isTerminal } from '../program/terminal.ts';
import { decodeText } from '../text/text.ts';
import { strftime, zoneOf } from '../text/time.ts';

const SPECS = {
  beep: { short: 'b', long: 'beep' },
  color: { short: 'c', long: 'color' },
  differences: { short: 'd', long: 'differences' },
  errexit: { short: 'e', long: 'errexit' },
  change: { short: 'g', long: 'chgexit' },
  interval: { short: 'n', long: 'interval', value: 'required' },
  noTitle: { short: 't', long: 'no-title' },
  exec: { short: 'x', long: 'exec' },
} as const;

const DEFAULT_SECONDS = '2';
const SHORTEST_MS = 100;

/** What the command prints, and its status. */
function outputOf(context: ProgramContext, argv: readonly string[]): { text: string; status: number } {
  const pipe = context.system.streams.pipe();
  if (typeof pipe === 'number') throw new Failure('no pipe is left');
  const [from, to] = pipe;
  const pid = spawnChild(context, argv, {
    stdin: { kind: 'null' },
    stdout: { kind: 'fd', fd: to },
    stderr: { kind: 'fd', fd: to },
  });
  context.system.files.close(to);
  const parts: string[] = [];
  if (pid >= 0)
    for (const chunk of chunks(context.system.files, from, 'output')) parts.push(decodeText(chunk));
  context.system.files.close(from);
  return pid < 0
    ? { text: `watch: ${argv[0]}: cannot be run\n`, status: 1 }
    : { text: parts.join(''), status: waitForChild(context, pid) };
}

/** Marks characters that are not as they were. */
function marked(text: string, before: string | undefined): string {
  if (before === undefined) return text;
  const old = before.split('\n');
  return text
    .split('\n')
    .map((line, row) =>
      [...line]
        .map((character, column) =>
          old[row]?.[column] === character ? character : `\x1b[7m${character}\x1b[27m`,
        )
        .join(''),
    )
    .join('\n');
}

const withoutEscapes = (text: string): string => text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '');

export const watch: Program = {
  name: 'watch',
  usage: 'watch [OPTION]... COMMAND [ARG]...',
  help: `Run a command again and again and show what it prints, until ^C.

  -n, --interval=SECONDS   how often (2)
  -d, --differences        mark what changes
  -c, --color              keep colours
  -t, --no-title           only the output
  -g, --chgexit            end when the output changes
  -e, --errexit            end when the command fails
  -x, --exec               run it as it is, not by sh -c`,
  usageStatus: 1,
  main(context) {
    const { has, value, operands } = parseOptions(context.args, SPECS, { stopAtOperand: true });
    if (operands.length === 0) throw new UsageError('missing command');
    const seconds = Number((value('interval') ?? DEFAULT_SECONDS).replace(',', '.'));
    if (!(seconds >= 0)) throw new UsageError(`failed to parse argument: '${value('interval')}'`);
    if (!isTerminal(context, 1)) throw new Failure('standard output is no terminal');
    const argv = has('exec') ? operands : ['sh', '-c', operands.join(' ')];
    const zone = zoneOf(context.env);
    let before: string | undefined;
    let end = false;
    let status = 0;
    const live = new LiveScreen(context, {
      intervalMs: () => Math.max(SHORTEST_MS, seconds * 1000),
      draw(columns) {
        const result = outputOf(context, argv);
        const text = has('color') ? result.text : withoutEscapes(result.text);
        if (has('errexit') && result.status !== 0) [end, status] = [true, 8];
        if (has('change') && before !== undefined && before !== text) end = true;
        const shown = has('differences') ? marked(text, before) : text;
        before = text;
        if (has('noTitle')) return shown;
        const title = `Every ${seconds.toFixed(1)}s: ${operands.join(' ')}`;
        const right = `${context.system.process.hostname}: ${strftime('%a %b %e %H:%M:%S %Y', Math.floor(Date.now() / 1000), 0, zone)}`;
        return `${title.slice(0, Math.max(0, columns - right.length - 1)).padEnd(Math.max(0, columns - right.length))}${right}\n\n${shown}`;
      },
      key: (key) => key === 'q' || end,
      ended: () => end,
    });
    const signal = live.run();
    return signal === 0 || signal === Signal.SIGINT ? status : 128 + signal;
  },
};
