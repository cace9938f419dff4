/** What a container is booted with, as its kernel takes it. */
import { ContainerError } from './errors.ts';
import type { BootOptions } from './options.ts';

export function assetsOf(options: Pick<BootOptions, 'assets'>): URL {
  const assets = new URL(options.assets ?? new URL('assets/', import.meta.url), document.baseURI);
  if (!assets.pathname.endsWith('/')) assets.pathname += '/';
  return assets;
}

export function storeOf({ persist, storeBusy }: BootOptions) {
  if (persist === undefined || persist === false) return {};
  if (typeof persist !== 'string' || persist === '') throw new TypeError('persist must be a name, or false.');
  return { store: { name: persist, whenBusy: storeBusy ?? 'refuse' } };
}

/** Rejects with ERR_SNAPSHOT_UNAVAILABLE when an address gives none. */
export async function snapshotOf(
  snapshot: BootOptions['snapshot'],
): Promise<{ snapshot?: Uint8Array | Blob }> {
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
