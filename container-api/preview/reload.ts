import { RELOAD_REQUEST, RELOAD_TAKEN } from '../../src/protocol/preview.ts';

const ANSWER_TIMEOUT_MS = 200;

/**
 * Reloads the document that a preview's frame shows now. A frame that does not answer (its document is an error page,
 * or busy) is sent to its `src` again after `hardRefreshTimeout` ms. Resolves when the reload has begun.
 */
export function reloadPreview(
  preview: HTMLIFrameElement,
  hardRefreshTimeout: number = ANSWER_TIMEOUT_MS,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener('message', listen);
      resolve();
    };
    const listen = ({ source, data }: MessageEvent<unknown>): void => {
      if (source === preview.contentWindow && data === RELOAD_TAKEN) done();
    };
    const timer = setTimeout(() => {
      const { src } = preview;
      preview.src = src;
      done();
    }, hardRefreshTimeout);
    addEventListener('message', listen);
    preview.contentWindow?.postMessage(RELOAD_REQUEST, '*');
  });
}
