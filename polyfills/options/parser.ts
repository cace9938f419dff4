import type { OptionFact, OptionFacts } from '../context.ts';
import type { ConfiguredOptions } from './config-file.ts';
import { IMPLICATIONS } from './implications.ts';
import { Kind } from './kinds.ts';

export interface ParsedOptions {
  /** Name → value, of those that were given or implied. */
  values: Record<string, unknown>;
  /** What was consumed as options. */
  execArgv: string[];
  /** The rest: script and its arguments. */
  args: string[];
  errors: string[];
}

type Values = Record<string, unknown>;

const notInEnvironment = (name: string) => `${name} is not allowed in NODE_OPTIONS`;

/** One pass of OptionsParser::Parse (node_options-inl.h). */
class Parse {
  readonly values: Values;
  readonly errors: string[] = [];
  readonly #facts: OptionFacts;
  readonly #v8: ReadonlyMap<string, string>;
  readonly #environment: boolean;
  readonly #args: string[];
  /** Words that aliases expand to: consumed before the arguments, and not part of execArgv. */
  readonly #synthetic: string[] = [];
  readonly consumed: string[] = [];

  constructor(facts: OptionFacts, args: readonly string[], values: Values, environment: boolean) {
    this.#facts = facts;
    this.#v8 = new Map(facts.v8Options);
    this.#args = [...args];
    this.values = values;
    this.#environment = environment;
  }

  get rest(): string[] {
    return [...this.#synthetic, ...this.#args];
  }

  #first(): string | undefined {
    return this.#synthetic[0] ?? this.#args[0];
  }

  #take(): string {
    const synthetic = this.#synthetic.shift();
    if (synthetic !== undefined) return synthetic;
    const word = this.#args.shift() ?? '';
    this.consumed.push(word);
    return word;
  }

  run(): void {
    for (let word = this.#first(); word !== undefined && this.errors.length === 0; word = this.#first()) {
      if (word.length <= 1 || !word.startsWith('-')) break;
      this.#take();
      if (word === '--') {
        if (this.#environment) this.errors.push(notInEnvironment('--'));
        break;
      }
      this.#option(word);
    }
  }

  #option(word: string): void {
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    let name = equals < 0 ? word : word.slice(0, equals);
    const original = equals < 0 ? name : `${name}=`;
    name = name.slice(0, 2) + name.slice(2).replaceAll('_', '-');
    const negated = name.startsWith('--no-');
    if (negated) name = `--${name.slice('--no-'.length)}`;
    name = this.#expandAliases(name, equals >= 0);
    const fact = this.#facts.table[name];
    if (this.#environment && (fact === undefined || !fact.env)) {
      this.errors.push(notInEnvironment(original));
      return;
    }
    for (const [target, value] of IMPLICATIONS[negated ? `--no-${name.slice(2)}` : name] ?? []) {
      this.values[target] = value;
    }
    if (fact === undefined) {
      if (!this.#isV8(name)) this.errors.push(`bad option: ${word}`);
      return;
    }
    if (negated && fact.type !== Kind.boolean && fact.type !== Kind.v8) {
      this.errors.push(`${word} is an invalid negation because it is not a boolean option`);
      return;
    }
    this.#assign(name, fact, word, original, equals, negated);
  }

  #isV8(name: string): boolean {
    return this.#v8.has(name.replace(/^--(no-?)?/, '')) || this.#v8.has(name.replace(/^--/, ''));
  }

  #expandAliases(given: string, hasValue: boolean): string {
    const { aliases } = this.#facts;
    let name = given;
    for (;;) {
      const next = this.#first();
      const expansion =
        aliases[name] ??
        (hasValue ? aliases[`${name}=`] : undefined) ??
        (next !== undefined && next !== '' && !next.startsWith('-') ? aliases[`${name} <arg>`] : undefined);
      const [head, ...more] = expansion ?? [];
      if (head === undefined) return name;
      this.#synthetic.unshift(...more);
      if (head === name) return name;
      name = head;
    }
  }

  #assign(
    name: string,
    fact: OptionFact,
    word: string,
    original: string,
    equals: number,
    negated: boolean,
  ): void {
    if (fact.type === Kind.boolean) {
      this.values[name] = !negated;
      return;
    }
    if (fact.type === Kind.noOp || fact.type === Kind.v8) {
      if (fact.type === Kind.v8) this.values[name] = !negated;
      return;
    }
    const value = this.#valueOf(word, equals);
    if (value === undefined) {
      this.errors.push(`${original} requires an argument`);
      return;
    }
    if (fact.type === Kind.list) {
      const list = (this.values[name] ?? fact.value ?? []) as string[];
      this.values[name] = [...list, value];
    } else if (fact.type === Kind.string) {
      this.values[name] = value;
    } else if (fact.type === Kind.hostPort) {
      const [host = '', port = ''] = value.includes(':') ? value.split(/:(?=\d+$)/) : ['127.0.0.1', value];
      this.values[name] = { host, port: Number(port) };
    } else {
      const number = Number.parseInt(value, 10);
      this.values[name] = Number.isNaN(number) ? 0 : number;
    }
  }

  #valueOf(word: string, equals: number): string | undefined {
    if (equals >= 0) return word.slice(equals + 1) || undefined;
    if (this.#first() === undefined) return undefined;
    const value = this.#take();
    if (value.startsWith('-')) return undefined;
    return value.startsWith('\\-') ? value.slice(1) : value;
  }
}

/** ParseNodeOptionsEnvVar: words separated by spaces, double quotes group, backslash escapes within them. */
export function splitNodeOptions(text: string): { words: string[]; error?: string } {
  const words: string[] = [];
  let inString = false;
  let startsNew = true;
  for (let i = 0; i < text.length; i++) {
    let char = text[i] ?? '';
    if (char === '\\' && inString) {
      if (i + 1 === text.length) return { words, error: 'invalid value for NODE_OPTIONS (invalid escape)' };
      char = text[++i] ?? '';
    } else if (char === ' ' && !inString) {
      startsNew = true;
      continue;
    } else if (char === '"') {
      inString = !inString;
      continue;
    }
    if (startsNew) words.push(char);
    else words[words.length - 1] += char;
    startsNew = false;
  }
  return inString ? { words, error: 'invalid value for NODE_OPTIONS (unterminated string)' } : { words };
}

type Rule = readonly [string, string];
const EITHER: readonly Rule[] = [
  ['--check', '--eval'],
  ['--tls-min-v1.3', '--tls-max-v1.2'],
  ['--test', '--check'],
  ['--test', '--eval'],
  ['--test', '--interactive'],
  ['--watch', '--check'],
  ['--watch', '--eval'],
  ['--watch', '--interactive'],
];
const ONE_OF: Readonly<Record<string, readonly [readonly string[], string]>> = {
  '--input-type': [
    ['commonjs', 'module', 'commonjs-typescript', 'module-typescript'],
    '--input-type must be "module","commonjs", "module-typescript" or "commonjs-typescript"',
  ],
  '--unhandled-rejections': [
    ['warn-with-error-code', 'throw', 'strict', 'warn', 'none'],
    'invalid value for --unhandled-rejections',
  ],
  '--trace-require-module': [['all', 'no-node-modules'], 'invalid value for --trace-require-module'],
  '--use-largepages': [['off', 'on', 'silent'], 'invalid value for --use-largepages'],
  '--test-isolation': [['none', 'process'], 'invalid value for --test-isolation'],
};

/** Node's permission model is not built in: to take the option and let everything pass would be worse than to refuse it. */
const UNENFORCED = ['--permission', '--permission-audit'];

/** The browser sets how large the heap may grow: the value is looked at, no more. */
const HEAP_SHARE = '--max-old-space-size-percentage';

/** EnvironmentOptions::CheckOptions. */
function check(values: Values, rest: readonly string[]): string[] {
  const errors: string[] = [];
  const given = (name: string) => (name === '--eval' ? values['[has_eval_string]'] : values[name]) === true;
  for (const [name, [allowed, message]] of Object.entries(ONE_OF)) {
    const value = values[name];
    if (typeof value === 'string' && value !== '' && !allowed.includes(value)) errors.push(message);
  }
  for (const [one, other] of EITHER) {
    if (given(one) && given(other)) errors.push(`either ${one} or ${other} can be used, not both`);
  }
  for (const name of UNENFORCED) {
    if (given(name))
      errors.push(`${name} is not available in this container, whose own capabilities do this`);
  }
  const share = values[HEAP_SHARE];
  if (share !== undefined && !(Number(share) > 0 && Number(share) <= 100)) {
    errors.push(`${HEAP_SHARE} must be greater than 0 and up to 100. Got: ${String(share)}`);
  }
  if (given('--watch') && !given('--test') && values['--watch-path'] === undefined && rest.length === 0) {
    errors.push('--watch requires specifying a file');
  }
  return errors;
}

const NONE_CONFIGURED: ConfiguredOptions = { environment: [], others: [] };

/**
 * `node [options] [script [arguments]]`: `args` without argv[0]. A configuration file comes first, NODE_OPTIONS overrides
 * it and the line overrides both.
 */
export function parseOptions(
  facts: OptionFacts,
  args: readonly string[],
  nodeOptions: string | undefined,
  configured: ConfiguredOptions = NONE_CONFIGURED,
): ParsedOptions {
  const values: Values = {};
  const { words, error } = splitNodeOptions(nodeOptions ?? '');
  if (error !== undefined) return { values, execArgv: [], args: [...args], errors: [error] };
  const before = [
    new Parse(facts, configured.environment, values, true),
    new Parse(facts, words, values, true),
    new Parse(facts, configured.others, values, false),
  ];
  for (const parse of before) {
    parse.run();
    if (parse.errors.length > 0) return { values, execArgv: [], args: [...args], errors: parse.errors };
  }
  const line = new Parse(facts, args, values, false);
  line.run();
  const { rest, errors, consumed } = line;
  const execArgv = consumed.filter((word) => word !== '--');
  return { values, execArgv, args: rest, errors: errors.length > 0 ? errors : check(values, rest) };
}
