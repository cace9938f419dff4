import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { assetsOfWorker, ISOLATION_HEADERS, processWorkerPolicy } from '../base/host-headers.ts';

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** Answers a request and returns true, or leaves it alone. */
export type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;

export interface LocalServer {
  readonly server: Server;
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  close(): Promise<void>;
}

/** A request for another host is a page elsewhere that had its name pointed here (DNS rebinding). */
function isOwnHost(host: string): boolean {
  return host === '127.0.0.1' || host === '[::1]' || /^([0-9a-z-]+\.)*localhost$/.test(host);
}

/** The origin of one previewed server, `<port>--<container>.….localhost`: browsers look for such names here. */
function isPreviewHost(host: string): boolean {
  return /^\d{1,5}--[0-9a-z-]+\.([0-9a-z-]+\.)*localhost$/.test(host);
}

/** What a preview's origin needs before its service worker answers everything there. */
const PREVIEW_HOST_FILE = /^\/assets\/(preview-host\.(html|js)|service-worker\.js)$/;
const NO_CONTAINER =
  'The server of this address runs in a browser tab: open it in a frame of the page that runs it.\n';

async function serveFile(
  root: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let name: string;
  try {
    name = decodeURIComponent(url.pathname);
  } catch {
    response.writeHead(400).end();
    return;
  }
  let file = path.join(root, path.normalize(`/${name}`));
  let info = await stat(file).catch(() => undefined);
  if (info?.isDirectory()) {
    if (!url.pathname.endsWith('/')) {
      response.writeHead(302, { Location: `${url.pathname}/` }).end();
      return;
    }
    file = path.join(file, 'index.html');
    info = await stat(file).catch(() => undefined);
  }
  if (!info?.isFile()) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end(`Not found: ${url.pathname}\n`);
    return;
  }
  const etag = `"${info.size.toString(36)}-${Math.trunc(info.mtimeMs).toString(36)}"`;
  const headers = {
    'Content-Type': CONTENT_TYPES[path.extname(file)] ?? 'application/octet-stream',
    'Cache-Control': 'no-cache',
    ETag: etag,
  };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Length': info.size });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file), response);
}

export interface ServerOptions {
  /** Default 0: any free one. */
  port?: number;
  /** Asked before the files. */
  routes?: readonly Route[];
  /** Default true: send the headers that make a page cross-origin isolated. */
  isolated?: boolean;
}

/** Serves the folder `root` on 127.0.0.1. */
export async function startServer(root: string, options: ServerOptions = {}): Promise<LocalServer> {
  const { port = 0, routes = [], isolated = true } = options;
  const headers = Object.entries(isolated ? ISOLATION_HEADERS : {});
  const server = createServer((request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (isPreviewHost(host)) response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    else if (!isOwnHost(host)) {
      response.writeHead(403).end();
      return;
    }
    if (
      url.pathname.startsWith('/__preview/') ||
      (isPreviewHost(host) && !PREVIEW_HOST_FILE.test(url.pathname))
    ) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end(NO_CONTAINER);
      return;
    }
    // Previews lie at /__preview/, which is not below the script's folder.
    if (url.pathname.endsWith('/service-worker.js')) response.setHeader('Service-Worker-Allowed', '/');
    const assets = assetsOfWorker(url.pathname);
    if (assets !== undefined) {
      const served = `http://${request.headers.host ?? ''}${assets}`;
      response.setHeader('Content-Security-Policy', processWorkerPolicy(served));
    }
    if (routes.some((route) => route(request, response, url))) return;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    // A reader that goes away in the middle of a file is its own affair.
    serveFile(root, url, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    server,
    origin: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
