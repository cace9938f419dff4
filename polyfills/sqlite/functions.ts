import { TextEncoding } from './codes.ts';
import type { Connection, Sqlite } from './connection.ts';
import type { OptionReader } from './options.ts';
import { argumentValues, setError, setResult } from './values.ts';
import type { ProgramFunction } from './library.ts';

interface ScalarFunction {
  readonly connection: Connection;
  readonly callback: ProgramFunction;
  readonly bigints: boolean;
}

interface Aggregate {
  readonly connection: Connection;
  readonly bigints: boolean;
  readonly start: unknown;
  readonly step: ProgramFunction;
  readonly inverse: ProgramFunction | undefined;
  readonly result: ProgramFunction | undefined;
}

/** The state of one run of an aggregate; its number stands in SQLite's own memory for it. */
interface Accumulator {
  value: unknown;
  isWindow: boolean;
}

type Call = (call: number, count: number, values: number) => void;

/** The C functions that stand for all functions of programs: one of each, told apart by their user data. */
export class FunctionPointers {
  readonly #sqlite: Sqlite;
  readonly scalar: number;
  readonly step: number;
  readonly inverse: number;
  readonly value: number;
  readonly final: number;
  readonly destroy: number;

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
    const { engine } = sqlite;
    const accumulate =
      (callee: 'step' | 'inverse'): Call =>
      (call, count, values) => {
        this.#accumulate(call, count, values, callee);
      };
    this.scalar = engine.callback('v:iii', ((call, count, values) => {
      this.#scalar(call, count, values);
    }) satisfies Call);
    this.step = engine.callback('v:iii', accumulate('step'));
    this.inverse = engine.callback('v:iii', accumulate('inverse'));
    this.value = engine.callback('v:i', (call: number) => {
      this.#finish(call, false);
    });
    this.final = engine.callback('v:i', (call: number) => {
      this.#finish(call, true);
    });
    this.destroy = engine.callback('v:i', (number: number) => {
      sqlite.objects.remove(number);
    });
  }

  /** Nothing may be thrown through SQLite's stack: it waits in the connection, and SQLite is told of an empty error. */
  #guard(call: number, connection: Connection, run: () => void): void {
    try {
      run();
    } catch (error) {
      connection.fail(error);
      setError(this.#sqlite, call, '');
    }
  }

  #scalar(call: number, count: number, values: number): void {
    const sqlite = this.#sqlite;
    const { connection, callback, bigints } = this.#userData(call) as ScalarFunction;
    this.#guard(call, connection, () => {
      const parameters = argumentValues(sqlite, count, values, bigints);
      setResult(sqlite, call, Reflect.apply(callback, undefined, parameters));
    });
  }

  #accumulate(call: number, count: number, values: number, callee: 'step' | 'inverse'): void {
    const aggregate = this.#userData(call) as Aggregate;
    this.#guard(call, aggregate.connection, () => {
      const { accumulator } = this.#accumulator(call, aggregate);
      const parameters = argumentValues(this.#sqlite, count, values, aggregate.bigints);
      accumulator.value = Reflect.apply(aggregate[callee] ?? aggregate.step, undefined, [
        accumulator.value,
        ...parameters,
      ]);
    });
  }

  #finish(call: number, final: boolean): void {
    const aggregate = this.#userData(call) as Aggregate;
    this.#guard(call, aggregate.connection, () => {
      const { accumulator, number } = this.#accumulator(call, aggregate);
      if (final) this.#sqlite.objects.remove(number);
      else accumulator.isWindow = true;
      // A window's values have all been told when its end is.
      if (final && accumulator.isWindow) return;
      const { value } = accumulator;
      const result = aggregate.result ? (Reflect.apply(aggregate.result, null, [value]) as unknown) : value;
      setResult(this.#sqlite, call, result);
    });
  }

  #userData(call: number): unknown {
    const { engine, objects } = this.#sqlite;
    return objects.get(engine.api.sqlite3_user_data(call));
  }

  #accumulator(call: number, { start }: Aggregate): { accumulator: Accumulator; number: number } {
    const { engine, objects } = this.#sqlite;
    const at = engine.api.sqlite3_aggregate_context(call, 4);
    const known = engine.pointer(at);
    if (known !== 0) return { accumulator: objects.get(known) as Accumulator, number: known };
    const value: unknown = typeof start === 'function' ? Reflect.apply(start, null, []) : start;
    const accumulator = { value, isWindow: false };
    const number = objects.add(accumulator);
    engine.view.setUint32(at, number, true);
    return { accumulator, number };
  }
}

export function defineFunction(
  pointers: FunctionPointers,
  connection: Connection,
  name: string,
  options: OptionReader | undefined,
  callback: unknown,
): void {
  const { sqlite } = connection;
  const bigints = options?.boolean('useBigIntArguments') ?? false;
  const varargs = options?.boolean('varargs') ?? false;
  const deterministic = options?.boolean('deterministic') ?? false;
  const directOnly = options?.boolean('directOnly') ?? false;
  if (typeof callback !== 'function') {
    throw sqlite.errors.type('The "function" argument must be a function.');
  }
  const count = varargs ? -1 : callback.length;
  const encoding =
    TextEncoding.utf8 |
    (deterministic ? TextEncoding.deterministic : 0) |
    (directOnly ? TextEncoding.directOnly : 0);
  const made: ScalarFunction = { connection, callback: callback as ProgramFunction, bigints };
  const data = sqlite.objects.add(made);
  const { engine } = sqlite;
  const { scalar, destroy } = pointers;
  const result = engine.withTexts([name], (at = 0) =>
    engine.api.sqlite3_create_function_v2(connection.at, at, count, encoding, data, scalar, 0, 0, destroy),
  );
  connection.check(result);
}

export function defineAggregate(
  pointers: FunctionPointers,
  connection: Connection,
  name: string,
  options: OptionReader,
): void {
  const { sqlite } = connection;
  const start = options.any('start');
  if (start === undefined) {
    throw sqlite.errors.type('The "options.start" argument must be a function or a primitive value.');
  }
  const step = options.any('step');
  if (typeof step !== 'function') {
    throw sqlite.errors.type('The "options.step" argument must be a function.');
  }
  const result = options.any('result');
  const bigints = options.boolean('useBigIntArguments') ?? false;
  const varargs = options.boolean('varargs') ?? false;
  const directOnly = options.boolean('directOnly') ?? false;
  const inverse = options.callback('inverse');
  // The first parameter is the accumulated value.
  const count = varargs ? -1 : Math.max(step.length - 1, (inverse ?? step).length - 1, 0);
  const made: Aggregate = {
    connection,
    bigints,
    start,
    step: step as ProgramFunction,
    inverse,
    result: typeof result === 'function' ? (result as ProgramFunction) : undefined,
  };
  const data = sqlite.objects.add(made);
  const { engine } = sqlite;
  const encoding = TextEncoding.utf8 | (directOnly ? TextEncoding.directOnly : 0);
  const code = engine.withTexts([name], (at = 0) =>
    engine.api.sqlite3_create_window_function(
      connection.at,
      at,
      count,
      encoding,
      data,
      pointers.step,
      pointers.final,
      inverse ? pointers.value : 0,
      inverse ? pointers.inverse : 0,
      pointers.destroy,
    ),
  );
  connection.check(code);
}
