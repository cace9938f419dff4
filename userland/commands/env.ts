import { runChild } from '../program/child.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  ignore: { short: 'i', long: 'ignore-environment' },
  null: { short: '0', long: 'null' },
  unset: { short: 'u', long: 'unset', value: 'required' },
  chdir: { short: 'C', long: 'chdir', value: 'required' },
  split: { short: 'S', long: 'split-string', value: 'required' },
  help: { long: 'help' },
} as const;

const ASSIGNMENT = /^[^=]+=/;
const STATUS = 125;

/** `-S 'node --flag'`, as shebang lines use it: the string's words take the place of the option. */
function splitStrings(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  const match = /^(?:-(v?)S|--split-string=)(.*)$/s.exec(first ?? '');
  if (!match) return [...args];
  const text = match[2] || (rest.shift() ?? '');
  return [...words(text), ...rest];
}

function words(text: string): string[] {
  const found = text.matchAll(/(?:"((?:\\.|[^"\\])*)"|'([^']*)'|((?:\\.|[^\s"'\\])+))/gs);
  const escape = (_whole: string, letter: string): string => ESCAPES[letter] ?? letter;
  return [...found].map((match) => match[2] ?? (match[1] ?? match[3] ?? '').replace(/\\(.)/gs, escape));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', _: ' ' };

function main(context: ProgramContext): number {
  const { has, value, occurrences, operands } = parseOptions(splitStrings(context.args), SPECS, {
    stopAtOperand: true,
  });
  if (has('help')) {
    context.stdout.write(`Usage: ${env.usage}\n${env.help}\n`);
    return 0;
  }
  const rest = [...operands];
  const clear = has('ignore') || rest[0] === '-';
  if (rest[0] === '-') rest.shift();
  const variables: Record<string, string> = clear ? {} : { ...context.env };
  for (const { name, value: given } of occurrences) if (name === 'unset') delete variables[given ?? ''];
  while (rest[0] !== undefined && ASSIGNMENT.test(rest[0])) {
    const [assignment = ''] = rest.splice(0, 1);
    const equals = assignment.indexOf('=');
    variables[assignment.slice(0, equals)] = assignment.slice(equals + 1);
  }
  if (rest.length > 0) {
    if (has('null')) throw new UsageError('cannot specify --null (-0) with command');
    const cwd = value('chdir');
    return runChild(context, rest, { env: variables, ...(cwd !== undefined && { cwd }) });
  }
  if (value('chdir') !== undefined) throw new Failure('must specify command with --chdir (-C)', STATUS);
  const end = has('null') ? '\0' : '\n';
  for (const [name, text] of Object.entries(variables)) context.stdout.write(`${name}=${text}${end}`);
  return 0;
}

export const env: Program = {
  name: 'env',
  usage: 'env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]',
  help: `Run COMMAND with its environment changed, or print the environment.

  -i, --ignore-environment   start with an empty one
  -0, --null                 end lines in NUL
  -u, --unset=NAME           without that variable
  -C, --chdir=DIR            in that folder
  -S, --split-string=S       split S into arguments (for #! lines)`,
  usageStatus: STATUS,
  main,
};

export const printenv: Program = {
  name: 'printenv',
  usage: 'printenv [-0] [VARIABLE]...',
  help: `Print the values of variables, or all of the environment.

  -0, --null   end lines in NUL`,
  main(context) {
    const { has, operands } = parseOptions(context.args, { null: { short: '0', long: 'null' } });
    const end = has('null') ? '\0' : '\n';
    if (operands.length === 0) {
      for (const [name, text] of Object.entries(context.env)) context.stdout.write(`${name}=${text}${end}`);
      return 0;
    }
    let status = 0;
    for (const name of operands) {
      const text = context.env[name];
      if (text === undefined) status = 1;
      else context.stdout.write(text + end);
    }
    return status;
  },
};
