import { parseCount } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { copyInputs, keyTerminal, openInputs, withoutFirst } from '../pager/inputs.ts';
import { runPager } from '../pager/keys.ts';
import { Pager, type PagerSettings } from '../pager/pager.ts';
import type { Program, ProgramContext } from '../program/program.ts';
import { isTerminal } from '../program/terminal.ts';

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

/** Pages on a terminal; copies where the output is none, as the tools do. */
function show(context: ProgramContext, paths: readonly string[], settings: PagerSettings): number {
  if (paths.length === 0 && isTerminal(context, 0)) {
    context.stderr.write('Missing filename ("less --help" for help)\n');
    return 1;
  }
  const complain = (text: string): boolean => {
    context.stderr.write(`${text}\n`);
    return true;
  };
  const { inputs, status } = openInputs(context, paths, {
    directory: (path) => complain(`${path} is a directory`),
    failed: (path, reason) => complain(`${path}: ${reason}`),
  });
  if (inputs.length === 0) return status;
  if (!isTerminal(context, 1)) {
    copyInputs(context, inputs, () => '');
    return status;
  }
  const terminal = keyTerminal(context);
  return runPager(new Pager(context, inputs, terminal, settings)) || status;
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
