import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** Native git's own server (git-http-backend, a CGI program) over the bare repositories of a folder. */
export class GitServer {
  readonly #root: string;
  readonly #backend = path.join(
    execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(),
    'git-http-backend',
  );
  readonly #server = http.createServer((request, response) => this.#serve(request, response));

  constructor(root: string) {
    this.#root = root;
  }
  static get exists(): boolean {
    try {
      const folder = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();
      return fs.existsSync(path.join(folder, 'git-http-backend'));
    } catch {
      return false;
    }
  }
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    // A repository below /private/ wants this user.
    const login = `Basic ${Buffer.from('ada:secret').toString('base64')}`;
    if (pathname.startsWith('/private/') && request.headers.authorization !== login) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const child = spawn(this.#backend, {
      env: {
        ...process.env,
        GIT_PROJECT_ROOT: this.#root,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: decodeURIComponent(pathname),
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        CONTENT_LENGTH: request.headers['content-length'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_USER: 'ada',
      },
    });
    request.pipe(child.stdin);
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('close', () => {
      const all = Buffer.concat(parts);
      const end = all.indexOf('\r\n\r\n');
      const headers = all.subarray(0, end).toString().split('\r\n');
      const status = headers.find((line) => line.startsWith('Status:'));
      response.statusCode = status === undefined ? 200 : Number(status.slice(7).trim().slice(0, 3));
      for (const line of headers) {
        const [name = '', ...value] = line.split(':');
        if (name !== '' && name !== 'Status') response.setHeader(name, value.join(':').trim());
      }
      response.end(all.subarray(end + 4));
    });
  }
}
