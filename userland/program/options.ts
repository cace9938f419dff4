import { UsageError } from './program.ts';

/**
 * Option parsing as getopt_long(3) with GNU's order: options may follow operands, `--` ends them, short options bundle,
 * a value may be attached (`-n5`, `--lines=5`) or the next argument, long names may be abbreviated where that is unique.
 */
export interface OptionSpec {
  /** `n`, or `` for none */
  readonly short?: string;
  readonly long?: string;
  /** 'none' (default), 'required', or 'optional' (attached only: `-i.bak`, `--color=auto`) */
  readonly value?: 'none' | 'required' | 'optional';
}

export interface Occurrence<Name extends string> {
  readonly name: Name;
  readonly value: string | undefined;
}

export interface Parsed<Name extends string> {
  /** True, or the last value given. */
  readonly options: Partial<Record<Name, string | true>>;
  /** Every occurrence in order, for tools where it matters (`grep -e a -e b`). */
  readonly occurrences: readonly Occurrence<Name>[];
  readonly operands: readonly string[];
  /** Options and operands as they stand on the command line, for tools where an option counts for what follows it. */
  readonly sequence: readonly (Occurrence<Name> | { readonly operand: string })[];
  has(name: Name): boolean;
  /** The value of an option that takes one. */
  value(name: Name): string | undefined;
}

export interface ParseStyle {
  /** Stop at the first operand (env, xargs, nice, …: what follows is another program's). */
  readonly stopAtOperand?: boolean;
  /** Takes `-5` as an old-style number: returns true when it is understood. */
  readonly number?: (digits: string) => boolean;
  /** Negative numbers are operands (seq). */
  readonly negativeOperands?: boolean;
}

export function parseOptions<Name extends string>(
  args: readonly string[],
  specs: Readonly<Record<Name, OptionSpec>>,
  style: ParseStyle = {},
): Parsed<Name> {
  const parser = new Parser<Name>(specs);
  const queue = [...args];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === '--') {
      parser.operand(...queue);
      break;
    }
    const negative = style.negativeOperands && /^-\.?\d/.test(arg);
    if (arg.startsWith('--')) parser.long(arg.slice(2), queue);
    else if (arg.length > 1 && arg.startsWith('-') && !negative) {
      if (!(/^-\d+$/.test(arg) && style.number?.(arg.slice(1)))) parser.bundle(arg.slice(1), queue);
    } else {
      parser.operand(arg);
      if (style.stopAtOperand) {
        parser.operand(...queue);
        break;
      }
    }
  }
  return parser.result();
}

class Parser<Name extends string> {
  readonly #specs: [Name, OptionSpec][];
  readonly #sequence: (Occurrence<Name> | { operand: string })[] = [];

  constructor(specs: Readonly<Record<Name, OptionSpec>>) {
    this.#specs = Object.entries(specs) as [Name, OptionSpec][];
  }

  operand(...operands: readonly string[]): void {
    for (const operand of operands) this.#sequence.push({ operand });
  }

  long(text: string, queue: string[]): void {
    const equals = text.indexOf('=');
    const typed = equals < 0 ? text : text.slice(0, equals);
    const attached = equals < 0 ? undefined : text.slice(equals + 1);
    const exact = this.#specs.find(([, spec]) => spec.long === typed);
    const near = exact ? [exact] : this.#specs.filter(([, spec]) => spec.long?.startsWith(typed));
    const [found] = near;
    if (found === undefined) throw new UsageError(`unrecognized option '--${typed}'`);
    if (near.length > 1) throw new UsageError(`option '--${typed}' is ambiguous`);
    const [name, spec] = found;
    const kind = spec.value ?? 'none';
    if (kind === 'none' && attached !== undefined)
      throw new UsageError(`option '--${spec.long}' doesn't allow an argument`);
    const value = attached ?? (kind === 'required' ? queue.shift() : undefined);
    if (kind === 'required' && value === undefined)
      throw new UsageError(`option '--${spec.long}' requires an argument`);
    this.#sequence.push({ name, value });
  }

  bundle(letters: string, queue: string[]): void {
    for (let i = 0; i < letters.length; i++) {
      const letter = letters[i];
      const found = this.#specs.find(([, spec]) => spec.short === letter);
      if (found === undefined) throw new UsageError(`invalid option -- '${letter}'`);
      const [name, spec] = found;
      const kind = spec.value ?? 'none';
      if (kind === 'none') {
        this.#sequence.push({ name, value: undefined });
        continue;
      }
      const attached = letters.slice(i + 1);
      const value = attached !== '' ? attached : kind === 'required' ? queue.shift() : undefined;
      if (kind === 'required' && value === undefined)
        throw new UsageError(`option requires an argument -- '${letter}'`);
      this.#sequence.push({ name, value });
      return;
    }
  }

  result(): Parsed<Name> {
    const options: Partial<Record<Name, string | true>> = {};
    const occurrences = this.#sequence.filter((item) => 'name' in item);
    for (const { name, value } of occurrences) options[name] = value ?? true;
    return {
      options,
      occurrences,
      operands: this.#sequence.flatMap((item) => ('operand' in item ? [item.operand] : [])),
      sequence: this.#sequence,
      has: (name) => options[name] !== undefined,
      value: (name) => {
        const value = options[name];
        return typeof value === 'string' ? value : undefined;
      },
    };
  }
}
