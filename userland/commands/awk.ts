import { AwkSyntaxError } from '../awk/ast.ts';
import { unescape } from '../awk/lexer.ts';
import { AwkMachine } from '../awk/machine.ts';
import { parseAwk } from '../awk/parser.ts';
import { readProgram } from '../awk/streams.ts';
import { InputText } from '../awk/values.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  separator: { short: 'F', long: 'field-separator', value: 'required' },
  assign: { short: 'v', long: 'assign', value: 'required' },
  file: { short: 'f', long: 'file', value: 'required' },
} as const;

const FATAL = 2;

/** `-F t` is a tab by tradition; escapes count. */
function separatorOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : text === 't' ? '\t' : unescape(text);
}

function main(context: ProgramContext): number {
  const { value, occurrences, operands } = parseOptions(context.args, SPECS, { stopAtOperand: true });
  const rest = [...operands];
  const files = occurrences.filter(({ name }) => name === 'file');
  const source = files.length
    ? files.map((file) => readProgram(context, file.value ?? '')).join('\n')
    : rest.shift();
  if (source === undefined) throw new UsageError('no program given');
  try {
    const machine = new AwkMachine(context, parseAwk(source), separatorOf(value('separator')), rest);
    for (const one of occurrences) {
      if (one.name !== 'assign') continue;
      const match = /^([A-Za-z_]\w*)=([^]*)$/.exec(one.value ?? '');
      if (!match) throw new UsageError(`'${one.value}' is not of the form name=value`);
      machine.setVariable(match[1] ?? '', new InputText(unescape(match[2] ?? '')));
    }
    return machine.run();
  } catch (error) {
    if (error instanceof AwkSyntaxError) throw new Failure(error.message, FATAL);
    throw error;
  }
}

export const awk: Program = {
  name: 'awk',
  usage: "awk [-F FS] [-v NAME=VALUE]... {'PROGRAM' | -f FILE}... [NAME=VALUE | FILE]...",
  help: `Run an awk program over the lines of files (- or none: standard input).

  -F FS           fields end at FS
  -f FILE         the program is in FILE
  -v NAME=VALUE   set a variable before the program begins`,
  main,
};
