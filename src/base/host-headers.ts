/** The headers that a host of the package is to send, whoever adds them: a server, or a service worker in its place. */

/** Shared memory needs a cross-origin isolated page: both headers on it, the third on whatever it loads. */
export const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** The script of the worker that a program runs in, within `assets/`. */
export const PROCESS_WORKER_SCRIPT = 'process-worker.js';

/**
 * The policy of the worker that a program runs in, where `assets` are served: code may be evaluated, scripts and Node's
 * library come from there, and nothing else is reached. It holds even for a program that digs up what the browser has.
 */
export function processWorkerPolicy(assets: string): string {
  return [
    "default-src 'none'",
    `script-src ${assets} 'unsafe-eval' 'wasm-unsafe-eval'`,
    `connect-src ${assets}`,
    "worker-src 'none'",
  ].join('; ');
}

/** What is added to the answer for `url`, in the place of headers of the same names. */
export function hostHeaders(url: string): Readonly<Record<string, string>> {
  const [path = ''] = url.split(/[?#]/, 1);
  if (!path.endsWith(`/${PROCESS_WORKER_SCRIPT}`)) return ISOLATION_HEADERS;
  const assets = path.slice(0, -PROCESS_WORKER_SCRIPT.length);
  return { ...ISOLATION_HEADERS, 'Content-Security-Policy': processWorkerPolicy(assets) };
}
