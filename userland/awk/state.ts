import { formatDirective } from '../text/printf-format.ts';
import { Failure } from '../program/program.ts';
import { compileRegex } from './parser.ts';
import { InputText, toNumber, toText, type Value } from './values.ts';

export type AwkArray = Map<string, Value>;
export type Cell = Value | AwkArray;

const FATAL = 2;
const MATCH_CACHE_MAX = 500;

/** What a running program has: the record with its fields, variables, arrays, expressions compiled so far. */
export class AwkState {
  readonly globals = new Map<string, Cell>();
  protected frames: Map<string, Cell>[] = [];
  /** $0 and its fields; fields are split when one is asked for, and the record rebuilt when one was set. */
  #record = '';
  #fields: string[] | undefined = [];
  #recordStale = false;
  readonly #setFields = new Map<number, Value>();
  readonly #regexes = new Map<string, RegExp>();

  // The record and its fields

  setRecord(text: string): void {
    this.#record = text;
    this.#fields = undefined;
    this.#setFields.clear();
    this.#recordStale = false;
  }

  record(): string {
    if (this.#recordStale) {
      this.#record = this.allFields().join(this.text('OFS'));
      this.#recordStale = false;
    }
    return this.#record;
  }

  protected allFields(): string[] {
    if (this.#fields === undefined) {
      this.#fields = this.split(this.#record, this.text('FS'));
      this.globals.set('NF', this.#fields.length);
    }
    return this.#fields;
  }

  field(index: number): Value {
    if (index === 0) return new InputText(this.record());
    if (index < 0) throw new Failure(`trying to access out of range field ${index}`, FATAL);
    const set = this.#setFields.get(index);
    if (set !== undefined) return set;
    const text = this.allFields()[index - 1];
    return text === undefined ? undefined : new InputText(text);
  }

  setField(index: number, value: Value): void {
    if (index === 0) return this.setRecord(this.string(value));
    const fields = this.allFields();
    while (fields.length < index) fields.push('');
    fields[index - 1] = this.string(value);
    if (typeof value === 'number') this.#setFields.set(index, value);
    else this.#setFields.delete(index);
    this.globals.set('NF', fields.length);
    this.#recordStale = true;
  }

  #setFieldCount(count: number): void {
    const fields = this.allFields();
    while (fields.length < count) fields.push('');
    fields.length = Math.max(0, count);
    this.#recordStale = true;
  }

  /** By white space, by one character, or by an expression. */
  split(text: string, separator: string): string[] {
    const paragraph = this.text('RS') === '';
    if (separator === ' ') return text.split(/[ \t\n]+/).filter((piece) => piece !== '');
    if (text === '') return [];
    if (separator === '') return [...text];
    if (separator.length === 1 && separator !== '\\' && !paragraph) return text.split(separator);
    const regex = this.regex(
      separator === '\\' ? '\\\\' : separator.length === 1 ? `[${separator}]` : separator,
    );
    return text.split(new RegExp(paragraph ? `(?:${regex.source})|\\n` : withoutGroups(regex.source), 'u'));
  }

  regex(source: string): RegExp {
    let regex = this.#regexes.get(source);
    if (regex === undefined) {
      if (this.#regexes.size >= MATCH_CACHE_MAX) this.#regexes.clear();
      regex = compileRegex(source);
      this.#regexes.set(source, regex);
    }
    regex.lastIndex = 0;
    return regex;
  }

  // Variables

  protected cell(name: string): Cell {
    const frame = this.frames.at(-1);
    return frame?.has(name) ? frame.get(name) : this.globals.get(name);
  }

  protected setCell(name: string, value: Cell): void {
    const frame = this.frames.at(-1);
    if (frame?.has(name)) frame.set(name, value);
    else this.globals.set(name, value);
  }

  variable(name: string): Value {
    if (name === 'NF') this.allFields();
    const cell = this.cell(name);
    if (cell instanceof Map) throw new Failure(`attempt to use array \`${name}' in a scalar context`, FATAL);
    return cell;
  }

  setVariable(name: string, value: Value): void {
    if (this.cell(name) instanceof Map)
      throw new Failure(`attempt to use array \`${name}' in a scalar context`, FATAL);
    if (name === 'NF') this.#setFieldCount(toNumber(value));
    this.setCell(name, value);
  }

  array(name: string): AwkArray {
    const cell = this.cell(name);
    if (cell instanceof Map) return cell;
    if (cell !== undefined) throw new Failure(`attempt to use scalar \`${name}' as an array`, FATAL);
    const made: AwkArray = new Map();
    this.setCell(name, made);
    return made;
  }

  text(name: string): string {
    return this.string(this.variable(name));
  }
  string(value: Value): string {
    return toText(value, (number) => this.number(number, 'CONVFMT'));
  }
  protected number(value: number, format: 'CONVFMT' | 'OFMT'): string {
    const given = this.globals.get(format);
    return this.format(typeof given === 'string' ? given : '%.6g', [value]);
  }

  /** sprintf: `*` takes a value, `%c` of a number is that character. */
  format(format: string, values: readonly Value[]): string {
    let used = 0;
    const take = (): Value => values[used++];
    return format.replace(
      /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?([hlLqjzt]*)([a-zA-Z%])/g,
      (
        whole,
        flags: string,
        width: string | undefined,
        precision: string | undefined,
        _size,
        conversion: string,
      ) => {
        if (conversion === '%') return '%';
        const size = (given: string | undefined): string | undefined =>
          given === '*' ? String(toNumber(take())) : given;
        const directive = { flags, width: size(width), precision: size(precision), conversion };
        if (!'diouxXfFeEgGaAcs'.includes(conversion)) return whole;
        const value = take();
        if (conversion === 'c') {
          const character =
            typeof value === 'number'
              ? String.fromCodePoint(Math.max(0, Math.trunc(value)))
              : ([...this.string(value)][0] ?? '');
          return formatDirective(
            { ...directive, precision: undefined, conversion: 's' },
            character,
            () => undefined,
          ).text;
        }
        if (conversion === 's') return formatDirective(directive, this.string(value), () => undefined).text;
        const number = toNumber(value);
        const integer = 'diouxX'.includes(conversion) && Number.isFinite(number);
        return formatDirective(
          directive,
          integer ? BigInt(Math.trunc(number)).toString() : String(number),
          () => undefined,
        ).text;
      },
    );
  }
}

/** `split` of JavaScript would put groups into its result. */
function withoutGroups(source: string): string {
  return source.replace(/\\[^]|\[(?:\\[^]|[^\]\\])*\]|\((?!\?)/g, (piece) => (piece === '(' ? '(?:' : piece));
}
