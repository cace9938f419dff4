/** What the pagers have in common before they draw: their files, where their keys come from, where they begin. */
import { errorText } from '../program/errors.ts';
import { chunks } from '../program/input.ts';
import { Failure, type ProgramContext } from '../program/program.ts';
import { isDirectoryPath } from '../files/stat.ts';
import { isTerminal } from '../program/terminal.ts';

export interface PagerFile {
  readonly name: string;
  readonly fd: number;
}

/** `directory` and `failed` say what cannot be shown; → whether that counts as a failure. */
export interface InputMessages {
  directory(path: string): boolean;
  failed(path: string, reason: string): boolean;
}

/** Standard input where no file is named, or as `-`. */
export function openInputs(
  { system: { files } }: ProgramContext,
  paths: readonly string[],
  { directory, failed }: InputMessages,
): { inputs: PagerFile[]; status: number } {
  let status = 0;
  const inputs = (paths.length > 0 ? paths : ['-']).flatMap((path): PagerFile[] => {
    if (path === '-') return [{ name: '', fd: 0 }];
    const isDirectory = isDirectoryPath(files, path);
    const fd = isDirectory ? -1 : files.open(path, 0, 0);
    if (fd >= 0) return [{ name: path, fd }];
    if (isDirectory ? directory(path) : failed(path, errorText(fd))) status = 1;
    return [];
  });
  return { inputs, status };
}

/** Where the output is no terminal. `heading`: what goes before each file. */
export function copyInputs(
  context: ProgramContext,
  inputs: readonly PagerFile[],
  heading: (name: string) => string,
): void {
  for (const { fd, name } of inputs) {
    context.stdout.write(heading(name));
    for (const chunk of chunks(context.system.files, fd, name)) context.stdout.write(chunk.slice());
  }
}

/** Keys come from standard input, or where text comes from there, from the terminal itself. */
export function keyTerminal(context: ProgramContext): number {
  const terminal = isTerminal(context, 0) ? 0 : context.system.files.open('/dev/tty', 2, 0);
  if (terminal < 0) throw new Failure(`no terminal for keys: ${errorText(terminal)}`);
  return terminal;
}

/** `+G`, `+/text`, `+12` among the words. */
export function withoutFirst(args: readonly string[]): { args: string[]; first: string } {
  const first = args.find((word) => /^\+./.test(word))?.slice(1) ?? '';
  return { args: args.filter((word) => !/^\+./.test(word)), first };
}
