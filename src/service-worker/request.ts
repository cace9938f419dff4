/** A frame's request as the server is to see it: what the browser keeps from service workers is put back. */
import type { HeaderList, RequestHead } from '../protocol/preview.ts';
import type { Address, Addresses } from './addresses.ts';

export function requestHead(request: Request, address: Address, addresses: Addresses): RequestHead {
  const origin = `http://localhost:${address.port}`;
  const headers: HeaderList = [['Host', `localhost:${address.port}`]];
  // No encoding is offered: the browser would not decode it, and nothing is saved inside one machine.
  const hidden = ['host', 'accept-encoding', 'origin', 'referer', 'cookie'];
  for (const [name, value] of request.headers) if (!hidden.includes(name)) headers.push([name, value]);
  const add = (name: string, value: string): void => {
    if (value !== '' && !request.headers.has(name)) headers.push([name, value]);
  };
  add('User-Agent', navigator.userAgent);
  add('Accept-Language', navigator.languages.join(','));
  add('Referer', addresses.privateUrl(request.referrer, address));
  if (request.method !== 'GET' && request.method !== 'HEAD') add('Origin', origin);
  else if (request.mode === 'cors') add('Origin', originOf(addresses.privateUrl(request.referrer, address)));
  add('Sec-Fetch-Mode', request.mode);
  add('Sec-Fetch-Dest', request.destination === '' ? 'empty' : request.destination);
  add('Sec-Fetch-Site', 'same-origin');
  if (request.mode === 'navigate') add('Upgrade-Insecure-Requests', '1');
  return {
    method: request.method,
    target: address.target,
    headers,
    credentials: request.credentials !== 'omit',
  };
}

function originOf(url: string): string {
  return url === '' ? '' : new URL(url).origin;
}
