/**
 * `/dns-query`: this machine's name server as one of DNS over HTTPS (RFC 8484), for the page of the command line alone.
 * Answers that tell of private networks are refused.
 */
import { getServers } from 'node:dns';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DnsError, DnsRelay } from '../dns/relay.ts';
import { nameServerOf } from '../dns/servers.ts';
import type { Route } from './server.ts';

const MESSAGE_TYPE = 'application/dns-message';
/** A question with its options; a name has 255 bytes at most. */
const QUERY_BYTES_MAX = 4096;

/** OAC_NAME_SERVERS: addresses, with a port if it is not 53. Default: those of the machine. */
function relay(): DnsRelay {
  const named = process.env['OAC_NAME_SERVERS'];
  const servers = named === undefined ? getServers() : named.split(/[\s,]+/);
  return new DnsRelay({ servers: servers.flatMap((text) => nameServerOf(text) ?? []) });
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > QUERY_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What RFC 8484 leaves to HTTP: 403 is of the relay itself, 502 of the name server. */
function statusOf(error: unknown): number {
  const code = error instanceof DnsError ? error.code : '';
  if (code === 'EACCES') return 403;
  return code === 'EPROTO' ? 400 : 502;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refuse = (status: number, reason: string): void => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${reason}\n`);
  };
  if (request.headers['sec-fetch-site'] !== 'same-origin')
    return refuse(400, 'The name server of oac is for its own page.');
  if (request.method !== 'POST' || request.headers['content-type'] !== MESSAGE_TYPE)
    return refuse(415, `A query is posted, as ${MESSAGE_TYPE}.`);
  const query = await bodyOf(request);
  if (query === undefined) return refuse(413, 'This is too long for a query.');
  try {
    const message = await relay().answer(query);
    response.writeHead(200, { 'Content-Type': MESSAGE_TYPE }).end(message);
  } catch (error) {
    refuse(statusOf(error), error instanceof Error ? error.message : String(error));
  }
}

export const nameServerRoute: Route = (request, response, url) => {
  if (url.pathname !== '/dns-query') return false;
  answer(request, response).catch(() => response.destroy());
  return true;
};
