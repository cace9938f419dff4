/** What a container is booted with, as its kernel takes it. */
import { DESCRIPTORS_MAX, PROCESSES_DEFAULT, STORAGE_DEFAULT_BYTES } from '../src/base/limits.ts';
import { CONTAINER_PROTOCOL_VERSION, type KernelBoot } from '../src/protocol/container.ts';
import { ContainerError } from './errors.ts';
import { networkOf, npmOf } from './network.ts';
import type { BootOptions } from './options.ts';
import { Paths } from './paths.ts';
import { boundsOf, filesOf, processOf } from './process-bounds.ts';

/** Rejects with ERR_SNAPSHOT_UNAVAILABLE and ERR_FEATURE_UNAVAILABLE. */
export async function kernelBoot(
  options: BootOptions,
  assets: URL,
  made: { isChild?: true },
): Promise<KernelBoot> {
  const { workdirName = 'project', limits = {} } = options;
  const workdir = `/home/${workdirName}`;
  const paths = new Paths(workdir, false);
  return {
    version: CONTAINER_PROTOCOL_VERSION,
    id: crypto.randomUUID(),
    assets: assets.href,
    workdir,
    limits: {
      processes: limits.processes ?? PROCESSES_DEFAULT,
      fileHandles: limits.fileHandles ?? DESCRIPTORS_MAX,
      storageBytes: limits.storage ?? STORAGE_DEFAULT_BYTES,
      ...boundsOf(limits),
    },
    hardwareConcurrency: navigator.hardwareConcurrency,
    network: networkOf(options),
    npm: npmOf(options),
    ...made,
    ...processOf(options.capabilities, 'process'),
    ...filesOf(options.capabilities, (path) => paths.absolute(path)),
    ...storeOf(options),
    ...(await snapshotOf(options.snapshot)),
  };
}

export function assetsOf(options: Pick<BootOptions, 'assets'>): URL {
  const assets = new URL(options.assets ?? new URL('assets/', import.meta.url), document.baseURI);
  if (!assets.pathname.endsWith('/')) assets.pathname += '/';
  return assets;
}

function storeOf({ persist, storeBusy }: BootOptions): Pick<KernelBoot, 'store'> {
  if (persist === undefined || persist === false) return {};
  return { store: { name: persist, whenBusy: storeBusy ?? 'refuse' } };
}

/** Rejects with ERR_SNAPSHOT_UNAVAILABLE when an address gives none. */
async function snapshotOf(snapshot: BootOptions['snapshot']): Promise<{ snapshot?: Uint8Array | Blob }> {
  if (!(snapshot instanceof URL)) return snapshot === undefined ? {} : { snapshot };
  const failed = (reason: string, cause?: unknown): ContainerError =>
    new ContainerError('ERR_SNAPSHOT_UNAVAILABLE', `${snapshot.href}: ${reason}`, { cause });
  const response = await fetch(snapshot).catch((cause: unknown) => {
    throw failed('the snapshot cannot be fetched', cause);
  });
  if (!response.ok) throw failed(`HTTP ${response.status}`);
  return { snapshot: await response.blob() };
}

/**
 * For a container that a program has made: the same, so that it may do no more; with files of its own that go when it
 * does.
 */
export function childOptions(options: BootOptions): BootOptions {
  const {
    persist: _persist,
    storeBusy: _busy,
    snapshot: _snapshot,
    onProgress: _progress,
    remote: _remote,
    ...same
  } = options;
  return same;
}
