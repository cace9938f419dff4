import { type OptionSpec, parseOptions } from '../program/options.ts';
import { Failure, type Program, UsageError } from '../program/program.ts';

const SPECS = {
  alternative: { short: 'a', long: 'alternative' },
  longs: { short: 'l', long: 'longoptions', value: 'required' },
  name: { short: 'n', long: 'name', value: 'required' },
  options: { short: 'o', long: 'options', value: 'required' },
  quiet: { short: 'q', long: 'quiet' },
  quietOutput: { short: 'Q', long: 'quiet-output' },
  shell: { short: 's', long: 'shell', value: 'required' },
  test: { short: 'T', long: 'test' },
  unquoted: { short: 'u', long: 'unquoted' },
} as const;

const PARSING_FAILED = 1;
const ENHANCED = 4;

const kindOf = (colons: string): 'none' | 'required' | 'optional' =>
  colons === '' ? 'none' : colons === ':' ? 'required' : 'optional';

function specsOf(shorts: string, longs: readonly string[]): Record<string, OptionSpec> {
  const specs: Record<string, OptionSpec> = {};
  for (const [, letter = '', colons = ''] of shorts.matchAll(/([^:])(:{0,2})/g))
    specs[`-${letter}`] = { short: letter, value: kindOf(colons) };
  for (const text of longs) {
    const [, name = '', colons = ''] = /^([^:]+)(:{0,2})$/.exec(text) ?? [];
    if (name !== '') specs[`--${name}`] = { long: name, value: kindOf(colons) };
  }
  return specs;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export const getopt: Program = {
  name: 'getopt',
  usage: 'getopt [OPTION]... -o OPTSTRING [--] WORD...   or   getopt OPTSTRING WORD...',
  help: `Put the options of a script in order, quoted for eval set --.

  -o, --options=OPTSTRING     letters, with : after those that take a value, :: where it is optional
  -l, --longoptions=NAMES     long ones, separated by commas
  -n, --name=NAME             for messages    -q, --quiet   none
  -u, --unquoted              do not quote    -T, --test    status 4: this is the newer getopt`,
  usageStatus: 2,
  main(context) {
    const [first = ''] = context.args;
    const isOld = first !== '' && !first.startsWith('-');
    const own = parseOptions(isOld ? [] : context.args, SPECS, { stopAtOperand: true });
    if (own.has('test')) return ENHANCED;
    let words = isOld ? context.args.slice(1) : [...own.operands];
    let shorts = isOld ? first : own.value('options');
    if (shorts === undefined) {
      [shorts] = words;
      words = words.slice(1);
    }
    if (shorts === undefined) throw new UsageError('missing optstring argument');
    if (isOld && words[0] === '--') words = words.slice(1);
    const longs = own.occurrences.flatMap(({ name, value = '' }) =>
      name === 'longs' ? value.split(/[\s,]+/) : [],
    );
    const stops = shorts.startsWith('+') || context.env['POSIXLY_CORRECT'] !== undefined;
    const specs = specsOf(shorts.replace(/^[+-]/, ''), longs);
    const show = isOld || own.has('unquoted') ? (text: string) => text : quoted;
    try {
      const { occurrences, operands } = parseOptions<string>(words, specs, { stopAtOperand: stops });
      const options = occurrences.flatMap(({ name, value }) => {
        const takes = specs[name]?.value;
        return takes === undefined || takes === 'none' ? [name] : [name, show(value ?? '')];
      });
      const text = [...options, '--', ...operands.map(show)].join(' ');
      if (!own.has('quietOutput')) context.stdout.write(` ${text}\n`);
      return 0;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (!own.has('quietOutput')) context.stdout.write(' --\n');
      if (!own.has('quiet')) context.stderr.write(`${own.value('name') ?? 'getopt'}: ${error.message}\n`);
      throw new Failure('', PARSING_FAILED);
    }
  },
};
