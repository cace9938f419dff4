/**
 * The path form: absolute addresses such as `/about` lack the prefix. What a frame loads is put right by the service
 * worker; where it goes, and which worker it starts, is put right here.
 */
import { type Frame, portOf, targetOf } from './frame.ts';

/** The parts of the Navigation API that are used; TypeScript's DOM library has them only in part. */
interface NavigateEvent extends Event {
  readonly destination: { readonly url: string; readonly sameDocument: boolean };
  readonly formData: FormData | null;
  readonly navigationType: 'push' | 'replace' | 'reload' | 'traverse';
}

export function installAddresses(frame: Frame): void {
  if (frame.prefix === '') return;
  const rewritten = (address: string): string | undefined => rewrite(frame, address);
  document.addEventListener('click', (event) => correctLink(event, rewritten), true);
  document.addEventListener('submit', (event) => correctForm(event, rewritten), true);
  // A form that a script submits fires no event.
  const { submit } = HTMLFormElement.prototype;
  HTMLFormElement.prototype.submit = function (this: HTMLFormElement) {
    const right = rewritten(this.action);
    if (right !== undefined) this.setAttribute('action', right);
    submit.call(this);
  };
  const { navigation } = window as unknown as { navigation?: EventTarget };
  navigation?.addEventListener('navigate', (event) => correctNavigation(event as NavigateEvent, rewritten));
  correctFrames(rewritten);
  for (const name of ['Worker', 'SharedWorker'] as const) {
    const Native = window[name];
    if (Native === undefined) continue;
    window[name] = new Proxy(Native, {
      construct: (target, [url, ...rest]: [string | URL, ...unknown[]]) =>
        Reflect.construct(target, [rewritten(new URL(url, document.baseURI).href) ?? url, ...rest]) as object,
    }) as never;
  }
}

/** A frame within the frame is a navigation of its own, which no service worker sees that lacks the prefix. */
function correctFrames(rewritten: Rewritten): void {
  const correct = (frame: HTMLIFrameElement): void => {
    const { src } = frame;
    const right = src === '' ? undefined : rewritten(src);
    if (right !== undefined) frame.src = right;
  };
  const observer = new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      if (target instanceof HTMLIFrameElement) correct(target);
      for (const node of addedNodes) {
        if (node instanceof HTMLIFrameElement) correct(node);
        else if (node instanceof Element) node.querySelectorAll('iframe').forEach(correct);
      }
    }
  });
  observer.observe(document, { subtree: true, childList: true, attributeFilter: ['src'] });
}

/** → the address below the prefix, or undefined when it is right as it stands. */
function rewrite(frame: Frame, address: string): string | undefined {
  let url: URL;
  try {
    url = new URL(address, document.baseURI);
  } catch {
    return undefined;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const port = portOf(url, frame);
  const own = frame.prefix.slice(0, frame.prefix.lastIndexOf('/') + 1);
  if (port === undefined || (url.host === location.host && url.pathname.startsWith(own))) return undefined;
  return `${location.origin}${own}${port}${targetOf(url, frame)}${url.hash}`;
}

type Rewritten = (address: string) => string | undefined;

function correctLink(event: Event, rewritten: Rewritten): void {
  const link = event.composedPath().find((target) => target instanceof HTMLAnchorElement);
  const right = link?.href ? rewritten(link.href) : undefined;
  if (link && right !== undefined) link.href = right;
}

function correctForm(event: SubmitEvent, rewritten: Rewritten): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  const { submitter } = event;
  const override = submitter?.getAttribute('formaction');
  const right = rewritten(override ?? form.getAttribute('action') ?? location.href);
  if (right === undefined) return;
  if (submitter && override != null) submitter.setAttribute('formaction', right);
  else form.setAttribute('action', right);
}

/** `location = '/about'`, `location.assign` and reloads after a pushState. */
function correctNavigation(event: NavigateEvent, rewritten: Rewritten): void {
  if (!event.cancelable || event.formData || event.destination.sameDocument) return;
  const right = rewritten(event.destination.url);
  if (right === undefined) return;
  event.preventDefault();
  if (event.navigationType === 'push') location.assign(right);
  else location.replace(right);
}
