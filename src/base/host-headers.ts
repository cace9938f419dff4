/** The headers that a host of the package is to send, whoever adds them: a server, or a service worker in its place. */

/** Shared memory needs a cross-origin isolated page: both headers on it, the third on whatever it loads. */
export const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** The scripts of the workers that programs run in, within `assets/`: with Node, and for commands of the userland. */
export const PROCESS_WORKER_SCRIPT = 'process-worker.js';
export const USERLAND_WORKER_SCRIPT = 'userland-worker.js';
const WORKER_SCRIPTS = [PROCESS_WORKER_SCRIPT, USERLAND_WORKER_SCRIPT];

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

/** The folder of a worker's script that the policy belongs to; undefined for any other file. */
export function assetsOfWorker(path: string): string | undefined {
  const script = WORKER_SCRIPTS.find((name) => path.endsWith(`/${name}`));
  return script && path.slice(0, -script.length);
}

/** What is added to the answer for `url`, in the place of headers of the same names. */
export function hostHeaders(url: string): Readonly<Record<string, string>> {
  const [path = ''] = url.split(/[?#]/, 1);
  const assets = assetsOfWorker(path);
  if (assets === undefined) return ISOLATION_HEADERS;
  return { ...ISOLATION_HEADERS, 'Content-Security-Policy': processWorkerPolicy(assets) };
}
