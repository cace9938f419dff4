/**
 * The hidden frame on a preview's own origin: it registers the service worker there, and passes on what the page that
 * runs the container and that service worker have to say to each other.
 */
import type { PageToServiceWorker, PreviewRouted, PreviewWanted } from '../protocol/preview.ts';

const { serviceWorker } = navigator;

async function active(): Promise<ServiceWorker | null> {
  await serviceWorker.register('service-worker.js', { scope: '/', updateViaCache: 'none' });
  return (await serviceWorker.ready).active;
}

function tell(message: unknown): void {
  window.parent.postMessage(message, '*');
}

const worker = active();
worker.then(
  () => tell({ type: 'preview-host-ready' }),
  (error: unknown) => tell({ type: 'preview-host-failed', message: String(error) }),
);
addEventListener('message', ({ data, source, ports }: MessageEvent<PageToServiceWorker>) => {
  if (source === window.parent) void worker.then((target) => target?.postMessage(data, [...ports]));
});
serviceWorker.addEventListener('message', ({ data }: MessageEvent<PreviewWanted | PreviewRouted>) =>
  tell(data),
);
serviceWorker.startMessages();
