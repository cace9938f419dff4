/** What the page's browser and headers allow. */
import { ContainerError } from './errors.ts';

export interface HostCapabilities {
  crossOriginIsolated: boolean;
  /** SharedArrayBuffer and Atomics.waitAsync: what processes stand on. */
  sharedMemory: boolean;
  webLocks: boolean;
  /** True when a container can boot here. */
  supported: boolean;
}

export function capabilitiesOfHost(): HostCapabilities {
  const isolated = globalThis.crossOriginIsolated === true;
  const sharedMemory = isolated && typeof SharedArrayBuffer === 'function' && 'waitAsync' in Atomics;
  const webLocks = 'locks' in navigator;
  return { crossOriginIsolated: isolated, sharedMemory, webLocks, supported: sharedMemory && webLocks };
}

/** Throws ERR_NOT_CROSS_ORIGIN_ISOLATED or ERR_FEATURE_UNAVAILABLE. */
export function requireSupportedHost(): void {
  const host = capabilitiesOfHost();
  if (!host.crossOriginIsolated) {
    throw new ContainerError(
      'ERR_NOT_CROSS_ORIGIN_ISOLATED',
      'The page is not cross-origin isolated, so there is no shared memory. Serve it over HTTPS or localhost with the ' +
        'headers "Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp" ' +
        '(or "credentialless").',
    );
  }
  if (!host.supported) {
    const missing = host.sharedMemory ? 'the Web Locks API' : 'SharedArrayBuffer with Atomics.waitAsync';
    throw new ContainerError(
      'ERR_FEATURE_UNAVAILABLE',
      `This browser lacks ${missing}, which the container needs.`,
    );
  }
}
