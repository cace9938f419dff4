/** What a command is: found by PATH, allowed by its mode, run by its interpreter. execvp(3), execve(2). */
import { Errno } from '../../base/errno.ts';
import { EXEC_HEAD_BYTES, SHEBANG_DEPTH_MAX } from '../../base/limits.ts';
import { CROSSED } from '../../../vfs/file-system.ts';
import { HOSTED_PROGRAMS, REMOTE_NODE } from '../../protocol/hosted.ts';
import { NODE_COMMANDS } from '../../protocol/node-commands.ts';
import { USERLAND_PROGRAMS } from '../../protocol/userland.ts';
import type { ProgramFiles } from './program-files.ts';
import { PROGRAM_MAGIC } from './programs.ts';
import { remotePackageOf } from '../remote/package-script.ts';

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';
const X_OK = 1;
/** The first bytes of a WebAssembly module. */
const WASM_MAGIC = '\0asm';
/** How every file begins that execve(2) itself can run. */
const FORMATS = ['#!', PROGRAM_MAGIC, WASM_MAGIC];
const DIRECTORY = 1;

export interface ExecRequest {
  file: string;
  /** argv, its first element included. */
  args: readonly string[];
  /** `NAME=value` */
  env: readonly string[];
  cwd: string;
}

export type Program = ProgramFile & ProgramType;
type Interpreted = Omit<ProgramFile, 'identity'> & ProgramType;

type ProgramType =
  { kind: 'node' | 'wasi' } | { kind: 'userland'; name: string } | { kind: 'hosted'; name: string };

interface ProgramFile {
  /** What the command is: the name of a built-in program, else the path of its file, whatever interprets it. */
  identity: string;
  /** The interpreter's own file. */
  execPath: string;
  argv: string[];
  env: string[];
}

/**
 * → the program that runs, or -ENOENT, -EACCES, -ENOEXEC, -ELOOP. `search`: as execvp(3), which looks names up by PATH and
 * gives a script without an interpreter to the shell; otherwise as execve(2).
 */
export function resolveProgram(files: ProgramFiles, request: ExecRequest, search = true): Program | number {
  const path = search
    ? findCommand(files, request.file, request.env, request.cwd)
    : fileToExecute(files, request);
  if (typeof path === 'number') return path;
  if (!search && !hasFormat(files, path)) return -Errno.ENOEXEC;
  const program = interpret(files, path, { ...request, args: [...request.args] }, 0);
  if (typeof program === 'number') return program;
  const identity = identityOf(files, path, program);
  if (program.kind !== 'node' || remotePackageOf(files, program.argv, request.cwd) === undefined)
    return { ...program, identity };
  return { ...program, kind: 'hosted', name: REMOTE_NODE, identity };
}

/** A built-in program that was named itself has its name; what is run by another program has its own path. */
function identityOf(files: ProgramFiles, path: string, program: Interpreted): string {
  const real = realPath(files, path);
  if (program.execPath !== real || program.kind === 'wasi') return real;
  return 'name' in program ? program.name : program.kind;
}

function findCommand(
  files: ProgramFiles,
  file: string,
  env: readonly string[],
  cwd: string,
): string | number {
  if (file === '') return -Errno.ENOENT;
  if (file.includes('/')) return fileToExecute(files, { file, cwd });
  const variable = env.findLast((entry) => entry.startsWith('PATH='));
  let denied = false;
  for (const folder of (variable?.slice(5) ?? DEFAULT_PATH).split(':')) {
    const path = absolute(`${folder === '' ? '.' : folder}/${file}`, cwd);
    const refusal = executable(files, path);
    if (refusal >= 0) return path;
    if (refusal === -Errno.EACCES) denied = true;
  }
  return denied ? -Errno.EACCES : -Errno.ENOENT;
}

function fileToExecute(
  files: ProgramFiles,
  { file, cwd }: Pick<ExecRequest, 'file' | 'cwd'>,
): string | number {
  if (file === '') return -Errno.ENOENT;
  const path = absolute(file, cwd);
  const refusal = executable(files, path);
  return refusal < 0 ? refusal : path;
}

function hasFormat(files: ProgramFiles, path: string): boolean {
  const head = headOf(files, path);
  return typeof head === 'number' || FORMATS.some((magic) => head.startsWith(magic));
}

function absolute(path: string, cwd: string): string {
  return path.startsWith('/') ? path : `${cwd}/${path}`;
}

function executable(files: ProgramFiles, path: string): number {
  const kind = files.kind(path);
  if (kind === CROSSED) return -Errno.EACCES;
  if (kind < 0) return kind;
  return kind === DIRECTORY ? -Errno.EACCES : files.access(path, X_OK);
}

function interpret(
  files: ProgramFiles,
  path: string,
  request: ExecRequest,
  depth: number,
): Interpreted | number {
  if (depth > SHEBANG_DEPTH_MAX) return -Errno.ELOOP;
  const head = headOf(files, path);
  if (typeof head === 'number') return head;
  if (head.startsWith(PROGRAM_MAGIC)) {
    const name = head.slice(PROGRAM_MAGIC.length).split('\n', 1)[0];
    if (name === 'env') {
      const program = throughEnv(files, request, depth);
      if (program !== undefined) return program;
    }
    const file = { execPath: realPath(files, path), argv: [...request.args], env: [...request.env] };
    if (name === 'node') return { kind: 'node', ...file };
    if (name !== undefined && HOSTED_PROGRAMS.has(name)) return { kind: 'hosted', name, ...file };
    return name !== undefined && (USERLAND_PROGRAMS.includes(name) || NODE_COMMANDS.includes(name))
      ? { kind: 'userland', name, ...file }
      : -Errno.ENOEXEC;
  }
  if (head.startsWith(WASM_MAGIC)) {
    return { kind: 'wasi', execPath: realPath(files, path), argv: [...request.args], env: [...request.env] };
  }
  if (!head.startsWith('#!')) return throughShell(files, path, request, depth);
  const line = head.slice(2).split('\n', 1)[0]?.trim() ?? '';
  const [, interpreter, argument] = /^(\S+)(?:\s+(.*))?$/.exec(line) ?? [];
  if (interpreter === undefined) return -Errno.ENOEXEC;
  const refusal = executable(files, absolute(interpreter, request.cwd));
  if (refusal < 0) return refusal;
  const args = [
    interpreter,
    ...(argument ? [argument] : []),
    shownPath(path, request, depth),
    ...request.args.slice(1),
  ];
  return interpret(files, absolute(interpreter, request.cwd), { ...request, args }, depth + 1);
}

function realPath(files: ProgramFiles, path: string): string {
  const real = files.realpath(path);
  return typeof real === 'number' ? path : new TextDecoder().decode(real);
}

/** A script's interpreter is given the path as the caller wrote it; one found by PATH with its folder. */
function shownPath(path: string, { file }: ExecRequest, depth: number): string {
  return depth === 0 && file.includes('/') ? file : path;
}

/** `env [-S] [-i] [NAME=value]… command args…`: no process of its own is needed to set variables and look up a name. */
function throughEnv(
  files: ProgramFiles,
  request: ExecRequest,
  depth: number,
): Interpreted | number | undefined {
  const args = request.args.slice(1);
  let env = [...request.env];
  for (let word = args[0]; word !== undefined; word = args[0]) {
    const split = /^(?:-S|--split-string=?)\s*(.*)$/s.exec(word);
    if (split) {
      args.shift();
      const text = split[1] === '' ? (args.shift() ?? '') : (split[1] ?? '');
      args.unshift(...text.split(/\s+/).filter((part) => part !== ''));
    } else if (word === '-i' || word === '-') {
      args.shift();
      env = [];
    } else if (/^[^=]+=/.test(word)) {
      args.shift();
      const name = word.slice(0, word.indexOf('=') + 1);
      env = [...env.filter((entry) => !entry.startsWith(name)), word];
    } else {
      break;
    }
  }
  const [file] = args;
  // Printing the environment, other options and error messages are a program's work, not the loader's.
  if (file === undefined || file.startsWith('-')) return undefined;
  const path = findCommand(files, file, env, request.cwd);
  if (typeof path === 'number') return undefined;
  return interpret(files, path, { ...request, args, env }, depth + 1);
}

/** A file that is executable but has no interpreter line is a shell script (execvp). */
function throughShell(
  files: ProgramFiles,
  path: string,
  request: ExecRequest,
  depth: number,
): Interpreted | number {
  const shell = '/bin/sh';
  if (executable(files, shell) < 0) return -Errno.ENOEXEC;
  const args = [shell, shownPath(path, request, depth), ...request.args.slice(1)];
  return interpret(files, shell, { ...request, args }, depth + 1);
}

function headOf(files: ProgramFiles, path: string): string | number {
  const ofd = files.open(path, 0, 0);
  if (ofd < 0) return ofd;
  const head = new Uint8Array(EXEC_HEAD_BYTES);
  const count = files.read(ofd, head, 0);
  files.close(ofd);
  return count < 0 ? count : new TextDecoder().decode(head.subarray(0, count));
}
