import { parseCount } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { copyInputs, keyTerminal, openInputs, withoutFirst } from '../pager/inputs.ts';
import { More } from '../pager/more.ts';
import { type Program, UsageError } from '../program/program.ts';
import { isTerminal } from '../program/terminal.ts';

export const more: Program = {
  name: 'more',
  usage: 'more [-ecs] [-n LINES|-LINES] [+LINE|+/PATTERN] [FILE]...',
  help: `Show text a screen at a time. Space goes on, Enter a line, q ends, h tells the keys.

  -e   end at the end        -s   one blank line for several
  -n LINES, -LINES   lines of a screen     +LINE, +/PATTERN   begin there`,
  usageStatus: 1,
  main(context) {
    const { args, first } = withoutFirst(context.args);
    const specs = {
      squeeze: { short: 's', long: 'squeeze' },
      clear: { short: 'c', long: 'print-over' },
      paint: { short: 'p', long: 'clean-print' },
      logical: { short: 'f', long: 'logical' },
      silent: { short: 'd', long: 'silent' },
      plain: { short: 'u', long: 'plain' },
      exit: { short: 'e', long: 'exit-on-eof' },
      lines: { short: 'n', long: 'lines', value: 'required' },
    } as const;
    let given: string | undefined;
    const { has, value, operands } = parseOptions(args, specs, {
      number(text) {
        given = text.replace(/^-/, '');
        return true;
      },
    });
    if (operands.length === 0 && isTerminal(context, 0)) throw new UsageError('bad usage');
    const { inputs, status } = openInputs(context, operands, {
      directory(path) {
        context.stdout.write(`\n*** ${path}: directory ***\n\n`);
        return false;
      },
      failed(path, reason) {
        context.stderr.write(`more: cannot open ${path}: ${reason}\n`);
        return true;
      },
    });
    if (inputs.length === 0) return status;
    if (!isTerminal(context, 1)) {
      const line = '::::::::::::::';
      copyInputs(context, inputs, (name) => (name === '' ? '' : `${line}\n${name}\n${line}\n`));
      return status;
    }
    const terminal = keyTerminal(context);
    const lines = value('lines') ?? given;
    new More(context, inputs, terminal, {
      squeeze: has('squeeze'),
      exitAtEnd: has('exit'),
      window: lines === undefined ? undefined : Math.max(1, parseCount(lines, 'argument')),
      first,
    }).run();
    return status;
  },
};
