/** The backends that only a browser can run, each with a fresh folder of the origin's private file system. */
import { configureSingle, fs as zenfs } from '@zenfs/core';
import { WebAccess } from '@zenfs/dom';
import type { Backend } from '../../../vfs/backends/backend.ts';
import { blobSource } from '../../../vfs/backends/byte-source.ts';
import { DirectoryHandleBackend } from '../../../vfs/backends/directory-handle.ts';
import { NodeFilesBackend, type NodePromises } from '../../../vfs/backends/node-files.ts';
import { OverlayBackend } from '../../../vfs/backends/overlay.ts';
import { openTar } from '../../../vfs/backends/tar.ts';
import { openZip } from '../../../vfs/backends/zip.ts';
import { checks, fill, writingChecks } from '../../contract/backends/checks.ts';

let folders = 0;

async function folder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const name = `folder-${folders++}`;
  await root.removeEntry(name, { recursive: true }).catch(() => undefined);
  return root.getDirectoryHandle(name, { create: true });
}

async function filled(backend: Backend): Promise<Backend> {
  await fill(backend);
  return backend;
}

type Archives = Record<'zip' | 'tar', string>;

const makers: Record<string, (archives: Archives) => Promise<Backend>> = {
  'directory handle': async () => filled(new DirectoryHandleBackend(await folder())),
  'overlay of a zip over a directory handle': async ({ zip }) =>
    OverlayBackend.over(
      await openZip(blobSource(await blobOf(zip))),
      new DirectoryHandleBackend(await folder()),
    ),
  'ZenFS WebAccess': async () => {
    await configureSingle({ backend: WebAccess, handle: await folder() });
    // What the browser's handles have no place for.
    const capabilities = { symlinks: false, hardLinks: false, modes: false, owners: false, times: false };
    const options = { capabilities: { ...capabilities, openUnlinked: false } };
    return filled(new NodeFilesBackend(zenfs as unknown as { promises: NodePromises }, options));
  },
  'zip in a Blob': async ({ zip }) => openZip(blobSource(await blobOf(zip))),
  'tar.gz in a Blob': async ({ tar }) => openTar(blobSource(await blobOf(tar))),
};

const blobOf = async (base64: string): Promise<Blob> =>
  (await fetch(`data:application/octet-stream;base64,${base64}`)).blob();

/** → what failed, by backend and check */
async function runBackend(name: string, archives: Archives): Promise<string[]> {
  const failures: string[] = [];
  for (const check of [...checks, ...writingChecks]) {
    try {
      const backend = await makers[name]?.(archives);
      if (backend === undefined) throw new Error('no such backend');
      if (checks.includes(check) || backend.capabilities.writable) {
        await check.run(backend, backend.capabilities);
      }
    } catch (error) {
      failures.push(`${check.name}: ${String(error)}`);
    }
  }
  return failures;
}

Object.assign(globalThis, { runBackend });
