import { errorText } from '../program/errors.ts';
import { Output } from '../program/output.ts';
import { onePass } from '../text/printf-pass.ts';
import { Failure, type ProgramContext } from '../program/program.ts';

const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC

export interface Piece {
  write(line: Uint8Array): void;
  /** Says its size. */
  close(): void;
}

export interface PieceOptions {
  readonly prefix: string;
  /** Of printf, for the number. */
  readonly format: string;
  readonly elideEmpty: boolean;
  readonly quiet: boolean;
}

export class PieceFiles {
  readonly #context: ProgramContext;
  readonly #options: PieceOptions;
  readonly #names: string[] = [];

  constructor(context: ProgramContext, options: PieceOptions) {
    this.#context = context;
    this.#options = options;
  }

  open(): Piece {
    const { system, stdout } = this.#context;
    const { prefix, format, elideEmpty, quiet } = this.#options;
    const number = onePass(format, [String(this.#names.length)], (message) => {
      throw new Failure(message);
    });
    const name = prefix + number.text;
    const fd = system.files.open(name, CREATE_TRUNCATE, 0o666);
    if (fd < 0) throw new Failure(`${name}: ${errorText(fd)}`);
    this.#names.push(name);
    const output = new Output(system, fd);
    let size = 0;
    return {
      write: (line) => {
        size += line.length;
        output.write(line);
      },
      close: () => {
        output.flush();
        system.files.close(fd);
        if (output.failed) throw new Failure(`${name}: ${errorText(output.errno)}`);
        if (size === 0 && elideEmpty) {
          this.#names.pop();
          system.files.unlink(name);
        } else if (!quiet) stdout.write(`${size}\n`);
      },
    };
  }

  removeAll(): void {
    for (const name of this.#names.splice(0)) this.#context.system.files.unlink(name);
  }
}
