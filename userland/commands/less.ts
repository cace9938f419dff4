import { errorText } from '../errors.ts';
import { chunks } from '../input.ts';
import { parseCount } from '../numbers.ts';
import { parseOptions } from '../options.ts';
import { runPager } from '../pager/keys.ts';
import { Pager, type PagerFile, type PagerSettings } from '../pager/pager.ts';
import { Failure, type Program, type ProgramContext } from '../program.ts';
import { isDirectoryPath } from '../stat.ts';
import { isTerminal } from '../terminal.ts';

const DEFAULT_TAB_STOP = '8';
const LESS_SPECS = {
  squeeze: { short: 's', long: 'squeeze-blank-lines' },
  numbers: { short: 'N', long: 'LINE-NUMBERS' },
  chop: { short: 'S', long: 'chop-long-lines' },
  raw: { short: 'R', long: 'RAW-CONTROL-CHARS' },
  rawAll: { short: 'r', long: 'raw-control-chars' },
  oneScreen: { short: 'F', long: 'quit-if-one-screen' },
  noInit: { short: 'X', long: 'no-init' },
  ignoreCase: { short: 'i', long: 'ignore-case' },
  ignoreAll: { short: 'I', long: 'IGNORE-CASE' },
  quitAtEnd: { short: 'e', long: 'quit-at-eof' },
  quitFirst: { short: 'E', long: 'QUIT-AT-EOF' },
  quitOnInterrupt: { short: 'K', long: 'quit-on-intr' },
  longPrompt: { short: 'M', long: 'LONG-PROMPT' },
  prompt: { short: 'm', long: 'long-prompt' },
  quiet: { short: 'q', long: 'quiet' },
  silent: { short: 'Q', long: 'QUIET' },
  force: { short: 'f', long: 'force' },
  clear: { short: 'c', long: 'clear-screen' },
  noLine: { short: 'n', long: 'line-numbers' },
  jump: { short: 'j', value: 'required' },
  tabs: { short: 'x', long: 'tabs', value: 'required' },
  pattern: { short: 'p', long: 'pattern', value: 'required' },
} as const;

function openAll(context: ProgramContext, paths: readonly string[]): { inputs: PagerFile[]; status: number } {
  const { files } = context.system;
  let status = 0;
  const inputs = (paths.length > 0 ? paths : ['-']).flatMap((path): PagerFile[] => {
    if (path === '-') return [{ name: '', fd: 0 }];
    if (isDirectoryPath(files, path)) {
      context.stderr.write(`${path} is a directory\n`);
      status = 1;
      return [];
    }
    const fd = files.open(path, 0, 0);
    if (fd >= 0) return [{ name: path, fd }];
    context.stderr.write(`${path}: ${errorText(fd)}\n`);
    status = 1;
    return [];
  });
  return { inputs, status };
}

/** Pages on a terminal; copies where the output is none, as the tools do. */
function show(context: ProgramContext, paths: readonly string[], settings: PagerSettings): number {
  const { files } = context.system;
  if (paths.length === 0 && isTerminal(context, 0)) {
    context.stderr.write('Missing filename ("less --help" for help)\n');
    return 1;
  }
  const { inputs, status } = openAll(context, paths);
  if (inputs.length === 0) return status;
  if (!isTerminal(context, 1)) {
    for (const { fd, name } of inputs) {
      for (const chunk of chunks(files, fd, name)) context.stdout.write(chunk.slice());
    }
    return status;
  }
  const terminal = isTerminal(context, 0) ? 0 : files.open('/dev/tty', 2, 0);
  if (terminal < 0) throw new Failure(`no terminal for keys: ${errorText(terminal)}`);
  return runPager(new Pager(context, inputs, terminal, settings)) || status;
}

/** `+G`, `+/text`, `+12` among the words. */
function withoutFirst(args: readonly string[]): { args: string[]; first: string } {
  const first = args.find((word) => /^\+./.test(word))?.slice(1) ?? '';
  return { args: args.filter((word) => !/^\+./.test(word)), first };
}

/** $LESS holds options too: `-FRX` or `FRX`. */
function fromEnvironment(context: ProgramContext): string[] {
  const text = (context.env['LESS'] ?? '').trim();
  return text === '' ? [] : text.split(/\s+/).map((word) => (word.startsWith('-') ? word : `-${word}`));
}

export const less: Program = {
  name: 'less',
  usage: 'less [OPTION]... [+COMMAND] [FILE]...',
  help: `Show text a screen at a time, forwards and backwards. h tells the keys.

  -F   end when it fits one screen     -X   stay on the screen
  -N   line numbers                    -S   do not wrap long lines
  -R   colours (sequences of the text) -s   one blank line for several
  -i   search in any case              -E   end at the end
  -p TEXT, +/TEXT   begin there        +N, +G, +F   at line N, at the end, follow`,
  usageStatus: 1,
  main(context) {
    const { args, first } = withoutFirst(context.args);
    const { has, value, operands } = parseOptions([...fromEnvironment(context), ...args], LESS_SPECS);
    return show(context, operands, {
      chop: has('chop'),
      numbers: has('numbers'),
      rawColors: has('raw') || has('rawAll'),
      squeeze: has('squeeze'),
      tabStop: Math.max(1, parseCount(value('tabs') ?? DEFAULT_TAB_STOP, 'tab stop')),
      prompt: has('longPrompt') ? 'long' : has('prompt') ? 'medium' : 'short',
      quitAtEnd: has('quitAtEnd') || has('quitFirst'),
      quitIfOneScreen: has('oneScreen'),
      quitOnInterrupt: has('quitOnInterrupt'),
      alternate: !has('noInit'),
      ignoreCase: has('ignoreAll') ? 'always' : has('ignoreCase') ? 'lower' : 'no',
      first: value('pattern') === undefined ? first : `/${value('pattern')}`,
    });
  },
};
