/** The commands that the page carries out: editor, files of the user's disk, archives. */
import { absolutePath } from '../../base/absolute-path.ts';
import type { CodeFile } from '../../protocol/container.ts';
import type { UserRequest } from '../../protocol/page-request.ts';
import type { Kernel } from '../kernel.ts';
import type { ExitInfo } from '../process/process.ts';
import type { HostedIo } from './io.ts';
import type { HostedProgram } from './programs.ts';

const USAGE: ExitInfo = { code: 2, signal: 0 };

/** At most so many words, and no options; undefined otherwise. */
function plainWords(argv: readonly string[], most: number): readonly string[] | undefined {
  const words = argv[1] === '--' ? argv.slice(2) : argv.slice(1);
  const hasOption = argv[1] !== '--' && words.some((word) => word.startsWith('-'));
  return hasOption || words.length > most ? undefined : words;
}

async function usage(io: HostedIo, form: string): Promise<ExitInfo> {
  await io.write(2, `Usage: ${form}\n`);
  return USAGE;
}

async function carryOut(kernel: Kernel, io: HostedIo, name: string, request: UserRequest): Promise<ExitInfo> {
  const answer = await kernel.pageRequests.ask(request);
  if (answer.ok) {
    if (answer.text !== '') await io.write(1, `${answer.text}\n`);
    return { code: 0, signal: 0 };
  }
  await io.write(2, `${name}: ${answer.message}\n`);
  return { code: 1, signal: 0 };
}

export const edit: HostedProgram = (kernel) => async (io, start) => {
  const [file, ...rest] = plainWords(start.argv, 1) ?? ['', ''];
  if (file === undefined || rest.length > 0) return usage(io, 'edit file');
  const path = absolutePath(file, start.cwd);
  if (kernel.files.kind(path) === 1) {
    await io.write(2, `edit: ${file}: is a directory\n`);
    return { code: 1, signal: 0 };
  }
  return carryOut(kernel, io, 'edit', { kind: 'edit', path });
};

export const upload: HostedProgram = (kernel) => async (io, start) => {
  const words = plainWords(start.argv, 1);
  if (words === undefined) return usage(io, 'upload [folder]');
  return carryOut(kernel, io, 'upload', { kind: 'upload', folder: absolutePath(words[0] ?? '.', start.cwd) });
};

const BACKUP_USAGE = `backup export [path [file.tar]]
       backup import [file.tar|file.zip]`;

export const backup: HostedProgram = (kernel) => async (io, start) => {
  const [action, ...words] = plainWords(start.argv, 3) ?? [];
  const fileOf = (word: string | undefined) =>
    word === undefined ? {} : { file: absolutePath(word, start.cwd) };
  if (action === 'export') {
    const [path = kernel.options.workdir, file] = words;
    const request = { kind: 'backup-export' as const, path: absolutePath(path, start.cwd), ...fileOf(file) };
    return carryOut(kernel, io, 'backup', request);
  }
  if (action === 'import' && words.length <= 1) {
    return carryOut(kernel, io, 'backup', { kind: 'backup-import', folder: start.cwd, ...fileOf(words[0]) });
  }
  return usage(io, BACKUP_USAGE);
};

/** An address, with its scheme. */
const ADDRESS = /^[a-z][a-z0-9+.-]*:/i;

/** What shows it is the page's affair: the event tells it. */
export const xdgOpen: HostedProgram = (kernel) => async (io, start) => {
  const [target, ...rest] = plainWords(start.argv, 1) ?? [];
  if (target === undefined || rest.length > 0) return usage(io, 'xdg-open {file|URL}');
  const path = absolutePath(target, start.cwd);
  if (!ADDRESS.test(target) && kernel.files.kind(path) < 0) {
    await io.write(2, `xdg-open: file '${target}' does not exist\n`);
    return { code: 2, signal: 0 };
  }
  kernel.emit({ type: 'open-wanted', target: ADDRESS.test(target) ? target : path });
  return { code: 0, signal: 0 };
};

const CODE_USAGE = `code [file …]
       code --goto file[:line[:column]] …
       code --diff file file`;
const DIFF_FILES = 2;

/** The command of Visual Studio Code, as far as it names files. */
export const code: HostedProgram = (kernel) => async (io, start) => {
  const words = start.argv.slice(1);
  const flags = words.filter((word) => word.startsWith('-'));
  const names = words.filter((word) => !word.startsWith('-'));
  const isDiff = flags.some((flag) => flag === '-d' || flag === '--diff');
  const goesTo = flags.some((flag) => flag === '-g' || flag === '--goto');
  const known = flags.every((flag) => /^(-d|--diff|-g|--goto|-r|--reuse-window|-n|--new-window)$/.test(flag));
  if (!known || names.length === 0 || (isDiff && names.length !== DIFF_FILES)) return usage(io, CODE_USAGE);
  const files = names.map((name): CodeFile => {
    const [, path = name, line, column] =
      (goesTo ? /^(.*?)(?::(\d+))?(?::(\d+))?$/.exec(name) : undefined) ?? [];
    return {
      filepath: absolutePath(path, start.cwd),
      ...(line === undefined ? {} : { line: Number(line) }),
      ...(column === undefined ? {} : { column: Number(column) }),
    };
  });
  kernel.emit({ type: 'code-wanted', action: isDiff ? 'diff' : 'open', files });
  return { code: 0, signal: 0 };
};
