/** Hosts that cannot send headers: a service worker adds what is missing, and a report says what still is. */
import { PROCESS_WORKER_SCRIPT } from '../src/base/host-headers.ts';
import { assetsOf } from './boot-options.ts';
import { ContainerError } from './errors.ts';
import { capabilitiesOfHost, type HostCapabilities } from './host.ts';
import type { BootOptions } from './options.ts';

const SCRIPT = 'static-host-worker.js';
/** In the session's storage while the page is loaded again. */
const RELOADED = 'openagents-container-static-host';

export interface StaticHostOptions {
  /**
   * Where `static-host-worker.js` of the package is served. It adds headers to what lies in its own folder and below, so
   * page and `assets` are to be there. Default: beside the module.
   */
  worker?: string | URL;
}

/**
 * For a host that cannot send headers (a static one): registers the package's service worker, which adds them. A page
 * that is not cross-origin isolated is loaded again, once; then the promise does not settle. Call it before `boot()`:
 *
 *     await prepareStaticHost();
 *     const container = await OpenAgentsContainer.boot();
 *
 * Rejects with ERR_NOT_CROSS_ORIGIN_ISOLATED when that did not help, and with ERR_FEATURE_UNAVAILABLE when the service
 * worker cannot be had; the message says why.
 */
export async function prepareStaticHost({ worker }: StaticHostOptions = {}): Promise<void> {
  const script = new URL(worker ?? new URL(SCRIPT, import.meta.url), document.baseURI);
  const registration = await register(script);
  if (globalThis.crossOriginIsolated) {
    sessionStorage.removeItem(RELOADED);
    return;
  }
  if (!location.href.startsWith(registration.scope)) {
    throw unavailable(
      `${script.href} sees ${registration.scope} and not this page: serve it beside the page.`,
    );
  }
  if (sessionStorage.getItem(RELOADED) !== null) {
    sessionStorage.removeItem(RELOADED);
    throw new ContainerError(
      'ERR_NOT_CROSS_ORIGIN_ISOLATED',
      `The page is not cross-origin isolated, although ${script.href} adds the headers: is it of a secure origin, and not framed?`,
    );
  }
  sessionStorage.setItem(RELOADED, '1');
  location.reload();
  await new Promise(() => undefined);
}

async function register(script: URL): Promise<ServiceWorkerRegistration> {
  if (!('serviceWorker' in navigator)) throw unavailable('this page has no service workers');
  let registration: ServiceWorkerRegistration;
  try {
    registration = await navigator.serviceWorker.register(script, { updateViaCache: 'none' });
  } catch (error) {
    throw unavailable(error instanceof Error ? error.message : String(error));
  }
  const worker = registration.installing ?? registration.waiting;
  if (registration.active === null && worker !== null) await activated(worker);
  return registration;
}

function activated(worker: ServiceWorker): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (worker.state === 'activated') resolve();
      else if (worker.state === 'redundant') reject(unavailable('it could not be installed'));
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

function unavailable(reason: string): ContainerError {
  return new ContainerError(
    'ERR_FEATURE_UNAVAILABLE',
    `The service worker that adds headers is not there: ${reason}`,
  );
}

export interface HostReport extends HostCapabilities {
  /** `assets/process-worker.js` is served with a Content-Security-Policy. */
  workerPolicy: boolean;
  /** What the host or the browser lacks, a sentence each; empty when nothing. */
  missing: readonly string[];
}

/** What is missing of what a host is to send and a browser is to have. */
export async function inspectHost(options: Pick<BootOptions, 'assets'> = {}): Promise<HostReport> {
  const capabilities = capabilitiesOfHost();
  const script = new URL(PROCESS_WORKER_SCRIPT, assetsOf(options));
  const response = await fetch(script, { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  const workerPolicy = response?.headers.has('content-security-policy') === true;
  const missing: string[] = [];
  if (!capabilities.crossOriginIsolated) {
    missing.push(
      'The page is not cross-origin isolated (Cross-Origin-Opener-Policy, Cross-Origin-Embedder-Policy): no container boots.',
    );
  } else if (!capabilities.sharedMemory) {
    missing.push('The browser has no SharedArrayBuffer with Atomics.waitAsync: no container boots.');
  }
  if (!capabilities.webLocks) missing.push('The browser has no Web Locks: no container boots.');
  if (response?.ok !== true) missing.push(`${script.href} is not served: no program starts.`);
  else if (!workerPolicy) {
    missing.push(
      `${script.href} has no Content-Security-Policy: a program that digs up the browser's own fetch is not stopped by it.`,
    );
  }
  return { ...capabilities, workerPolicy, missing };
}
