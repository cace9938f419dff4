/**
 * document.cookie of a preview: the container's jar, not the browser's. Reading shows what the frame was told last;
 * an assignment shows at once here and goes to the jar. HttpOnly cookies are never told.
 */
import { type Frame, targetOf } from './frame.ts';

export function installCookies(frame: Frame, initial: string): void {
  const cookies = new Map<string, string>();
  const show = (text: string): void => {
    cookies.clear();
    for (const pair of text.split('; ')) if (pair !== '') cookies.set(...named(pair));
  };
  show(initial);
  navigator.serviceWorker.addEventListener(
    'message',
    ({ data }: MessageEvent<{ type?: string; cookies?: string }>) => {
      if (data.type === 'preview-cookies' && typeof data.cookies === 'string') show(data.cookies);
    },
  );
  navigator.serviceWorker.startMessages();
  Object.defineProperty(document, 'cookie', {
    configurable: true,
    enumerable: true,
    get: () => [...cookies].map(([name, value]) => (name === '' ? value : `${name}=${value}`)).join('; '),
    set(value: unknown) {
      const cookie = String(value);
      const [pair = '', ...attributes] = cookie.split(';');
      const [name, content] = named(pair.trim());
      if (attributes.some((attribute) => /^\s*httponly\s*$/i.test(attribute))) return;
      if (isPast(attributes)) cookies.delete(name);
      else cookies.set(name, content);
      const path = targetOf(new URL(location.href), frame);
      frame.send({ type: 'preview-cookie', server: frame.server, cookie, path });
    },
  });
}

function named(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return equals < 0 ? ['', pair] : [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
}

function isPast(attributes: string[]): boolean {
  for (const attribute of attributes) {
    const [name, value] = named(attribute.trim());
    if (/^max-age$/i.test(name)) return Number(value) <= 0;
    if (/^expires$/i.test(name)) return Date.parse(value) <= Date.now();
  }
  return false;
}
