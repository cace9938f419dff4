import { errorText } from '../errors.ts';
import { chunks } from '../input.ts';
import { parseCount } from '../numbers.ts';
import { parseOptions } from '../options.ts';
import { More, type MoreFile } from '../pager/more.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program.ts';
import { isDirectoryPath } from '../stat.ts';
import { isTerminal } from '../terminal.ts';

function openAll(context: ProgramContext, paths: readonly string[]): { inputs: MoreFile[]; status: number } {
  const { files } = context.system;
  let status = 0;
  const inputs = (paths.length > 0 ? paths : ['-']).flatMap((path): MoreFile[] => {
    if (path === '-') return [{ name: '', fd: 0 }];
    if (isDirectoryPath(files, path)) {
      context.stdout.write(`\n*** ${path}: directory ***\n\n`);
      return [];
    }
    const fd = files.open(path, 0, 0);
    if (fd >= 0) return [{ name: path, fd }];
    context.stderr.write(`more: cannot open ${path}: ${errorText(fd)}\n`);
    status = 1;
    return [];
  });
  return { inputs, status };
}

export const more: Program = {
  name: 'more',
  usage: 'more [-ecs] [-n LINES|-LINES] [+LINE|+/PATTERN] [FILE]...',
  help: `Show text a screen at a time. Space goes on, Enter a line, q ends, h tells the keys.

  -e   end at the end        -s   one blank line for several
  -n LINES, -LINES   lines of a screen     +LINE, +/PATTERN   begin there`,
  usageStatus: 1,
  main(context) {
    const first = context.args.find((word) => /^\+./.test(word))?.slice(1) ?? '';
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
    const args = context.args.filter((word) => !/^\+./.test(word));
    const { has, value, operands } = parseOptions(args, specs, {
      number(text) {
        given = text.replace(/^-/, '');
        return true;
      },
    });
    if (operands.length === 0 && isTerminal(context, 0)) throw new UsageError('bad usage');
    const { inputs, status } = openAll(context, operands);
    if (inputs.length === 0) return status;
    if (!isTerminal(context, 1)) {
      for (const { fd, name } of inputs) {
        if (name !== '') context.stdout.write(`::::::::::::::\n${name}\n::::::::::::::\n`);
        for (const chunk of chunks(context.system.files, fd, name)) context.stdout.write(chunk.slice());
      }
      return status;
    }
    const terminal = isTerminal(context, 0) ? 0 : context.system.files.open('/dev/tty', 2, 0);
    if (terminal < 0) throw new Failure(`no terminal for keys: ${errorText(terminal)}`);
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
