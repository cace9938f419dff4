/**
 * The hidden frame on a preview's own origin: it registers the service worker there, and passes on what the page that
 * runs the container and that service worker have to say to each other.
 */
import {
  type PageToServiceWorker,
  previewLock,
  type PreviewRouted,
  type PreviewWanted,
} from '../protocol/preview.ts';

const { serviceWorker } = navigator;

async function active(): Promise<ServiceWorker | null> {
  await serviceWorker.register('service-worker.js', { scope: '/', updateViaCache: 'none' });
  return (await serviceWorker.ready).active;
}

function tell(message: unknown): void {
  window.parent.postMessage(message, '*');
}

/** Until the frame goes, and with it the page that runs the container. */
function hold(container: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const granted = (): Promise<never> => {
      resolve();
      return new Promise(() => undefined);
    };
    navigator.locks.request(previewLock(container), granted).catch(reject);
  });
}

let held: Promise<void> | undefined;
async function passOn(message: PageToServiceWorker, ports: readonly MessagePort[]): Promise<void> {
  const target = await worker;
  await (held ??= hold(message.container));
  target?.postMessage(message, [...ports]);
}

const worker = active();
worker.then(
  () => tell({ type: 'preview-host-ready' }),
  (error: unknown) => tell({ type: 'preview-host-failed', message: String(error) }),
);
addEventListener('message', ({ data, source, ports }: MessageEvent<PageToServiceWorker>) => {
  if (source === window.parent) void passOn(data, ports);
});
serviceWorker.addEventListener('message', ({ data }: MessageEvent<PreviewWanted | PreviewRouted>) =>
  tell(data),
);
serviceWorker.startMessages();
