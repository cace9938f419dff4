/** `--sync`: what the command changed in a mounted folder is copied back to the host. */
import { lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs';
import path from 'node:path';
import type { Mount } from './arguments.ts';
import { Failure } from './failure.ts';
import { collectChanges } from './guest-collect.ts';
import type { Change, Manifest } from './guest-collect.ts';
import type { Session } from './session.ts';

/** What stands in a host folder: path → what tells a change, in the terms of the copy (whole seconds, as tar has them). */
export function manifestOf(folder: string): Manifest {
  const manifest: Manifest = {};
  const visit = (host: string, prefix: string): void => {
    for (const entry of readdirSync(host, { withFileTypes: true })) {
      const name = prefix + entry.name;
      const info = lstatSync(path.join(host, entry.name), { throwIfNoEntry: false });
      if (info === undefined) continue;
      if (info.isDirectory()) {
        manifest[name] = 'd';
        visit(path.join(host, entry.name), `${name}/`);
      } else if (info.isSymbolicLink()) manifest[name] = 'l';
      else if (info.isFile()) {
        manifest[name] =
          `f ${info.size} ${Math.trunc(info.mtimeMs / 1000) * 1000} ${(info.mode & 0o777).toString(8)}`;
      }
    }
  };
  visit(folder, '');
  return manifest;
}

/** The host path of a change: inside the folder and not behind a link, whatever the command made of it. */
function targetOf(folder: string, name: string): string {
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\\'))) {
    throw new Failure('ERR_CONTAINER', `--sync: '${name}' is no path inside the mounted folder.`);
  }
  let at = folder;
  for (const part of parts.slice(0, -1)) {
    at = path.join(at, part);
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) {
      throw new Failure(
        'ERR_CONTAINER',
        `--sync: '${name}' lies behind a symbolic link; it was not written.`,
      );
    }
  }
  return path.join(folder, ...parts);
}

function apply(folder: string, change: Change): void {
  const target = targetOf(folder, change.name);
  if (change.kind === 'remove') {
    rmSync(target, { recursive: true, force: true });
    return;
  }
  const existing = lstatSync(target, { throwIfNoEntry: false });
  const isFolder = existing?.isDirectory() === true;
  if (
    existing !== undefined &&
    (isFolder ? change.kind !== 'directory' : !existing.isFile() || change.kind !== 'file')
  ) {
    rmSync(target, { recursive: true, force: true });
  }
  if (change.kind === 'directory') mkdirSync(target, { recursive: true });
  else if (change.kind === 'link') symlinkSync(change.target, target);
  else {
    writeFileSync(target, Buffer.from(change.base64, 'base64'));
    chmodSync(target, change.mode);
  }
}

/** One change a line: bounded by the largest file. */
async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  for await (const chunk of stream) {
    let rest = chunk;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      parts.push(rest.subarray(0, at));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 0) parts.push(rest);
  }
}

/** Compares the guest folder with what was mounted, by a program inside the container, and applies the difference. */
export async function syncBack(session: Session, mount: Mount, before: Manifest): Promise<void> {
  const run = await session.spawn('node', {
    args: ['-e', `(${collectChanges.toString()})(require('fs'), ${JSON.stringify(mount.guestDir)})`],
  });
  run.stderr.pipe(process.stderr);
  run.stdin.end(JSON.stringify(before));
  for await (const line of lines(run.stdout as AsyncIterable<Buffer>))
    apply(mount.hostDir, JSON.parse(line) as Change);
  const end = await run.exited;
  if (end.code !== 0)
    throw new Failure('ERR_CONTAINER', `--sync failed in the container (exit code ${end.code}).`);
}
