/**
 * The path form: scripts of a frame see the address that their server knows, as routers want it, for as long as the
 * document is there. What the browser may load again (reloads, going back) has the prefix that leads to the server.
 */
import { type Frame, targetOf } from './frame.ts';

export function installPrefix(frame: Frame): void {
  const { prefix } = frame;
  // A tab's own address is one that people load again; and without `navigate` events a reload could not be put right.
  if (prefix === '' || window.parent === window || !('navigation' in window)) return;
  // A router may replace these by its own.
  const replaceState = history.replaceState.bind(history);
  const pushState = history.pushState.bind(history);
  const hasPrefix = (): boolean => location.pathname.startsWith(`${prefix}/`);
  const hide = (): void => {
    if (hasPrefix()) replaceState(history.state, '', targetOf(new URL(location.href), frame) + location.hash);
  };
  const show = (): void => {
    const { pathname, search, hash } = location;
    if (!hasPrefix()) replaceState(history.state, '', prefix + pathname + search + hash);
  };
  hide();
  addEventListener('pagehide', show);
  addEventListener('pageshow', hide);
  // The entry that is left behind may be come back to from another document.
  history.pushState = (state, unused, url) => {
    const next = url == null ? location.href : new URL(url, document.baseURI).href;
    show();
    try {
      pushState(state, unused, next);
    } finally {
      hide();
    }
  };
  // Before any listener of the document's own.
  addEventListener('popstate', hide);
  addEventListener('hashchange', hide);
}
