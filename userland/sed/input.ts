import { closeInput, openInput, records } from '../program/input.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type ProgramContext } from '../program/program.ts';
import { decodeText } from '../text/text.ts';

export interface Line {
  text: string;
  terminated: boolean;
}

/** The lines of all files one after the other, with one line of foresight: `$` asks whether there is another. */
export class SedInput {
  /** Of the file that is read now. */
  path = '-';
  failed = false;
  readonly #context: ProgramContext;
  readonly #paths: readonly string[];
  readonly #separator: number;
  readonly #lines: Iterator<Line>;
  #next: IteratorResult<Line> | undefined;

  constructor(context: ProgramContext, paths: readonly string[], separator: number) {
    this.#context = context;
    this.#paths = paths;
    this.#separator = separator;
    this.#lines = this.#all();
  }

  *#all(): Generator<Line> {
    for (const path of this.#paths) {
      try {
        const fd = openInput(this.#context.system.files, path);
        this.path = path;
        for (const { bytes, terminated } of records(this.#context.system.files, fd, path, this.#separator))
          yield { text: decodeText(bytes), terminated };
        closeInput(this.#context.system.files, fd);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const reading = error.message.endsWith('Is a directory');
        complain(
          this.#context,
          reading ? `couldn't edit ${path}: not a regular file` : `can't read ${error.message}`,
        );
        this.failed = true;
      }
    }
  }

  next(): Line | undefined {
    const result = this.#next ?? this.#lines.next();
    this.#next = undefined;
    return result.done ? undefined : result.value;
  }

  get atEnd(): boolean {
    this.#next ??= this.#lines.next();
    return this.#next.done === true;
  }
}
