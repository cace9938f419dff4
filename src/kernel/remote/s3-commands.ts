/** The shell's commands for the object store. */
import type { RemoteTransfer, RemoteTransferReport, SyncDirection } from '../../protocol/remote.ts';
import type { HostedIo } from '../hosted/io.ts';
import type { HostedProgram } from '../hosted/programs.ts';
import type { Kernel } from '../kernel.ts';
import type { ExitInfo } from '../process/process.ts';
import { projectPath } from './object-store.ts';

const USAGE_STATUS = 2;
const done: ExitInfo = { code: 0, signal: 0 };
const failed: ExitInfo = { code: 1, signal: 0 };

async function usage(io: HostedIo, text: string): Promise<ExitInfo> {
  await io.write(2, `Usage: ${text}\n`);
  return { code: USAGE_STATUS, signal: 0 };
}

interface Words {
  readonly excludes: string[];
  readonly rest: string[];
}

/** `--exclude=*.log`, `--exclude *.log`, several times; undefined for any other option. */
function words(args: readonly string[]): Words | undefined {
  const excludes: string[] = [];
  const rest: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word.startsWith('--exclude=')) excludes.push(word.slice('--exclude='.length));
    else if (word === '--exclude' && args[index + 1] !== undefined) excludes.push(args[++index] ?? '');
    else if (word === '--') return { excludes, rest: [...rest, ...args.slice(index + 1)] };
    else if (word.startsWith('-')) return undefined;
    else rest.push(word);
  }
  return { excludes, rest };
}

export const s3status: HostedProgram = (kernel) => async (io, start) => {
  if (start.argv.length > 1) return usage(io, 's3status');
  const { configured, reachable, endpoint, bucket, code, message } =
    await kernel.remote.objects.store.status();
  if (!configured) {
    await io.write(1, 'S3: not set up on this runtime (S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY)\n');
    return failed;
  }
  const state = reachable === true ? 'reachable' : `not usable: ${code}: ${message}`;
  await io.write(
    1,
    `S3: ${state}\nendpoint: ${endpoint}\nbucket: ${bucket}\nfolder: ${kernel.remote.objects.key('')}\n`,
  );
  return reachable === true ? done : failed;
};

/** A line that is written over while files move, in a terminal; elsewhere nothing. */
class ProgressLine {
  readonly #io: HostedIo;
  #busy = false;
  #shown = false;

  constructor(io: HostedIo) {
    this.#io = io;
  }

  readonly show = ({ direction, files, filesTotal, bytes, bytesTotal, path }: RemoteTransfer): void => {
    if (this.#busy || !this.#io.isTerminal(2)) return;
    this.#busy = this.#shown = true;
    const line = `${direction} ${files}/${filesTotal}  ${size(bytes)} of ${size(bytesTotal)}  ${path}`;
    void this.#io
      .write(2, `\r\x1b[K${line.slice(0, LINE_COLUMNS)}`)
      .catch(() => undefined)
      .finally(() => (this.#busy = false));
  };

  async clear(): Promise<void> {
    if (this.#shown) await this.#io.write(2, '\r\x1b[K');
  }
}
const LINE_COLUMNS = 78;

function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

const transfer =
  (direction: SyncDirection, form: string, fromProject: boolean): HostedProgram =>
  (kernel) =>
  async (io, start) => {
    const given = words(start.argv.slice(1));
    if (given === undefined || given.rest.length > 1) return usage(io, form);
    const [word] = given.rest;
    const { workdir } = kernel.options;
    const exists = (path: string): boolean => kernel.files.kind(path) >= 0;
    const path =
      word === undefined
        ? ''
        : fromProject
          ? projectPath(word, start.cwd, workdir, exists)
          : word.replace(/^\/+|\/+$/g, '');
    const line = new ProgressLine(io);
    const report = await kernel.remote.transfer(direction, { path, excludes: given.excludes }, line.show);
    await line.clear();
    await io.write(1, reportText(report));
    return report.errors.length === 0 ? done : failed;
  };

function reportText({
  pushed,
  pulled,
  deleted,
  same,
  bytes,
  conflicts,
  errors,
}: RemoteTransferReport): string {
  const lines = [
    `pushed ${pushed.length}, pulled ${pulled.length}, deleted ${deleted.length}, unchanged ${same}, ${size(bytes)}`,
    ...conflicts.map(({ path, keptAs }) => `conflict: ${path}: the other version is ${keptAs}`),
    ...errors.map(({ path, code, message }) => `error: ${path}: ${code} ${message}`),
  ];
  return `${lines.join('\n')}\n`;
}

export const s3push = transfer('push', 's3push [path] [--exclude pattern …]', true);
export const s3pull = transfer('pull', 's3pull [prefix] [--exclude pattern …]', false);
export const s3sync = transfer('both', 's3sync [path] [--exclude pattern …]', true);

export const s3ls: HostedProgram = (kernel) => async (io, start) => {
  const [prefix = '', ...rest] = start.argv.slice(1);
  if (rest.length > 0 || prefix.startsWith('-')) return usage(io, 's3ls [prefix]');
  const objects = await kernel.remote.objects.list(prefix);
  const width = Math.max(0, ...objects.map((object) => String(object.size).length));
  const lines = objects.map(
    (object) =>
      `${new Date(object.lastModified).toISOString().slice(0, 19)}  ${String(object.size).padStart(width)}  ${object.key}\n`,
  );
  await io.write(1, lines.join(''));
  return done;
};

/** One key, which there has to be. */
async function oneKey(io: HostedIo, args: readonly string[], form: string): Promise<string | undefined> {
  const [key = '', ...rest] = args[0] === '--' ? args.slice(1) : args;
  if (key !== '' && rest.length === 0 && (args[0] === '--' || !key.startsWith('-'))) return key;
  await usage(io, form);
  return undefined;
}
const wrongUsage: ExitInfo = { code: USAGE_STATUS, signal: 0 };

async function keyOf(kernel: Kernel, word: string): Promise<{ key: string; text: string }> {
  const { objects } = kernel.remote;
  const metadata = await objects.store.metadata(objects.key(word));
  const lines = [
    `key: ${metadata.key}`,
    `size: ${metadata.size}`,
    `modified: ${new Date(metadata.lastModified).toISOString()}`,
    `etag: ${metadata.etag}`,
    ...(metadata.contentType === undefined ? [] : [`type: ${metadata.contentType}`]),
    ...(metadata.contentEncoding === undefined ? [] : [`encoding: ${metadata.contentEncoding}`]),
    ...Object.entries(metadata.metadata).map(([name, value]) => `${name}: ${value}`),
  ];
  return { key: metadata.key, text: `${lines.join('\n')}\n` };
}

export const s3meta: HostedProgram = (kernel) => async (io, start) => {
  const word = await oneKey(io, start.argv.slice(1), 's3meta key');
  if (word === undefined) return wrongUsage;
  await io.write(1, (await keyOf(kernel, word)).text);
  return done;
};

/** S3 itself says nothing of a key that there is not: a mistyped one is told here. */
export const s3rm: HostedProgram = (kernel) => async (io, start) => {
  const word = await oneKey(io, start.argv.slice(1), 's3rm key');
  if (word === undefined) return wrongUsage;
  const { key } = await keyOf(kernel, word);
  await kernel.remote.objects.store.delete(key);
  await io.write(1, `deleted ${key}\n`);
  return done;
};
