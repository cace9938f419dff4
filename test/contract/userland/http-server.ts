import http from 'node:http';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';

/** Answers by path, and keeps what it was asked. */
export class HttpServer {
  requests: string[] = [];
  readonly #server = http.createServer((request, response) => void this.#answer(request, response));
  #failures = 0;

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }
  forget(): void {
    this.requests = [];
    this.#failures = 0;
  }
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const headers = request.rawHeaders
      .flatMap((name, at, all) => (at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : []))
      .sort();
    this.requests.push(
      [`${request.method} ${request.url}`, ...headers, '', Buffer.concat(parts).toString('latin1')].join(
        '\n',
      ),
    );
    const { pathname, searchParams } = new URL(request.url ?? '/', `http://${this.host}`);
    this.#respond(pathname, searchParams, request, response);
  }

  #respond(
    pathname: string,
    query: URLSearchParams,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    response.sendDate = false;
    const status = Number(query.get('status') ?? 200);
    if (pathname === '/redirect') {
      response.writeHead(status, { location: query.get('to') ?? '/end' }).end('moved\n');
    } else if (pathname === '/loop') {
      response.writeHead(302, { location: '/loop' }).end();
    } else if (pathname === '/status') {
      response.writeHead(status, { 'content-type': 'text/plain' }).end(`status ${status}\n`);
    } else if (pathname === '/gzip') {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('was compressed\n'));
    } else if (pathname === '/cookies') {
      response
        .writeHead(200, {
          'set-cookie': ['a=1; Path=/', 'b=two; Path=/; HttpOnly; Expires=Wed, 01 Jan 2098 00:00:00 GMT'],
        })
        .end('cookies\n');
    } else if (pathname === '/slow') {
      response.writeHead(200);
      response.write('begun\n');
    } else if (pathname === '/hangup') {
      request.socket.destroy();
    } else if (pathname === '/cut') {
      response.writeHead(200, { 'content-length': '100' });
      response.write('short\n', () => request.socket.destroy());
    } else if (pathname === '/flaky') {
      response.writeHead(this.#failures++ < 1 ? 503 : 200).end('flaky\n');
    } else if (pathname === '/range') {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const body = '0123456789'.slice(from);
      response
        .writeHead(from > 0 ? 206 : 200, {
          'content-length': body.length,
          ...(from > 0 ? { 'content-range': `bytes ${from}-9/10` } : {}),
        })
        .end(body);
    } else {
      response.writeHead(200, { 'content-type': 'text/plain', 'x-path': pathname });
      response.end(request.method === 'HEAD' ? undefined : `body of ${pathname}\n`);
    }
  }
}
