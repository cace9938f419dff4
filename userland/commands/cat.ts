import { chunks, closeInput, openInput } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';

const SPECS = {
  all: { short: 'A', long: 'show-all' },
  nonblank: { short: 'b', long: 'number-nonblank' },
  vEnds: { short: 'e' },
  ends: { short: 'E', long: 'show-ends' },
  number: { short: 'n', long: 'number' },
  squeeze: { short: 's', long: 'squeeze-blank' },
  vTabs: { short: 't' },
  tabs: { short: 'T', long: 'show-tabs' },
  unbuffered: { short: 'u' },
  visible: { short: 'v', long: 'show-nonprinting' },
} as const;

const NEWLINE = 10;
const TAB = 9;

interface Show {
  nonblank: boolean;
  ends: boolean;
  number: boolean;
  squeeze: boolean;
  tabs: boolean;
  visible: boolean;
}

/** What the options ask of each byte; the state goes on from file to file. */
class Renderer {
  readonly #show: Show;
  #line = 0;
  #atStart = true;
  #blankLines = 0;

  constructor(show: Show) {
    this.#show = show;
  }

  render(chunk: Uint8Array): string {
    let out = '';
    for (const byte of chunk) {
      if (byte === NEWLINE) {
        this.#blankLines = this.#atStart ? this.#blankLines + 1 : 0;
        if (this.#show.squeeze && this.#blankLines > 1) continue;
        if (this.#atStart && this.#show.number && !this.#show.nonblank) out += this.#numberText();
        out += this.#show.ends ? '$\n' : '\n';
        this.#atStart = true;
        continue;
      }
      if (this.#atStart && (this.#show.number || this.#show.nonblank)) out += this.#numberText();
      this.#atStart = false;
      this.#blankLines = 0;
      out += this.#byteText(byte);
    }
    return out;
  }

  #numberText(): string {
    return `${String(++this.#line).padStart(6)}\t`;
  }

  #byteText(byte: number): string {
    if (byte === TAB) return this.#show.tabs ? '^I' : '\t';
    if (!this.#show.visible) return String.fromCharCode(byte);
    const high = byte >= 128 ? 'M-' : '';
    const low = byte & 127;
    if (low < 32) return `${high}^${String.fromCharCode(low + 64)}`;
    return low === 127 ? `${high}^?` : high + String.fromCharCode(low);
  }
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function main({ system, args, stdout, stderr, name }: ProgramContext): number {
  const { has, operands } = parseOptions(args, SPECS);
  const show = {
    nonblank: has('nonblank'),
    number: has('number'),
    squeeze: has('squeeze'),
    ends: has('ends') || has('all') || has('vEnds'),
    tabs: has('tabs') || has('all') || has('vTabs'),
    visible: has('visible') || has('all') || has('vEnds') || has('vTabs'),
  };
  const renderer = Object.values(show).some(Boolean) ? new Renderer(show) : undefined;
  let result = 0;
  for (const path of operands.length ? operands : ['-']) {
    try {
      const fd = openInput(system.files, path);
      for (const chunk of chunks(system.files, fd, path)) {
        stdout.write(renderer ? latin1Bytes(renderer.render(chunk)) : chunk);
        stdout.flush();
        if (stdout.failed) return 1;
      }
      closeInput(system.files, fd);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      stderr.write(`${name}: ${error.message}\n`);
      result = 1;
    }
  }
  return result;
}

export const cat: Program = {
  name: 'cat',
  usage: 'cat [OPTION]... [FILE]...',
  help: `Concatenate files to standard output; with no FILE, or when it is -, read standard input.

  -A, --show-all           the same as -vET
  -b, --number-nonblank    number the lines that are not empty
  -e                       the same as -vE
  -E, --show-ends          show $ at the end of each line
  -n, --number             number all lines
  -s, --squeeze-blank      one empty line where there are several
  -t                       the same as -vT
  -T, --show-tabs          show tabs as ^I
  -v, --show-nonprinting   show control characters as ^X and bytes over 127 as M-X`,
  usageStatus: 1,
  main,
};
