/** Runs first in every HTML document of a preview: the service worker puts it there. */
import { RELOAD_REQUEST, RELOAD_TAKEN } from '../protocol/preview.ts';
import { installAddresses } from './addresses.ts';
import { installCookies } from './cookies.ts';
import { installErrors } from './errors.ts';
import { frameOf } from './frame.ts';
import { installPrefix } from './prefix.ts';
import { socketClass } from './web-socket.ts';

const script = document.currentScript;
if (script instanceof HTMLElement && 'serviceWorker' in navigator) {
  const { cookies = '', errors = 'none' } = script.dataset;
  const frame = frameOf(script.dataset);
  // The document is the server's again.
  script.remove();
  installPrefix(frame);
  window.WebSocket = socketClass(frame, window.WebSocket);
  installCookies(frame, cookies);
  installAddresses(frame);
  installErrors(frame, errors);
  addEventListener('message', ({ data, source }: MessageEvent<unknown>) => {
    if (data !== RELOAD_REQUEST || source !== window.parent) return;
    window.parent.postMessage(RELOAD_TAKEN, '*');
    location.reload();
  });
}
