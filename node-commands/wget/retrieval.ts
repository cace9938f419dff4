/** One document: asked for, followed where it leads, and saved. */
import { StatusError } from '../ending.ts';
import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decoded } from '../http/decoded.ts';
import {
  exchange,
  ExchangeFailure,
  type Header,
  headOf,
  redirectedMethod,
  redirectOf,
} from '../http/exchange.ts';
import { writeAll } from '../standard-io.ts';
import type { Options } from './options.ts';
import { human, type Report, speed } from './report.ts';

/** Statuses of wget(1), "EXIT STATUS". */
export const WgetStatus = {
  generic: 1,
  usage: 2,
  file: 3,
  network: 4,
  tls: 5,
  login: 6,
  protocol: 7,
  server: 8,
} as const;

export class WgetFailure extends StatusError {
  override readonly name = 'WgetFailure';
}

const REDIRECTS_DEFAULT = 20;
const TRIES_DEFAULT = 20;
const PAUSE_MAX_S = 10;
const STDOUT = 1;
const UNAUTHORIZED = 401;
const PARTIAL = 206;
const RANGE_REFUSED = 416;

const two = (value: number): string => String(value).padStart(2, '0');
function clock(): string {
  const now = new Date();
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
}

export function parseUrl(text: string): URL {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole)) throw new WgetFailure(WgetStatus.generic, `${text}: Invalid URL.`);
  const url = new URL(whole);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new WgetFailure(WgetStatus.generic, `${text}: Unsupported scheme '${url.protocol.slice(0, -1)}'.`);
  return url;
}

/** The file that a document is saved in, before names that are taken are evaded. */
function nameOf(options: Options, url: URL, answer: IncomingMessage): string {
  const disposition = options.has('contentDisposition')
    ? /filename="?([^";]+)"?/i.exec(answer.headers['content-disposition'] ?? '')?.[1]
    : undefined;
  const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  const name =
    disposition === undefined
      ? `${safeDecode(last) || 'index.html'}${url.search.replaceAll('/', '%2F')}`
      : path.basename(disposition);
  const folders = options.has('forceDirectories') ? [url.host, ...url.pathname.split('/').slice(1, -1)] : [];
  return path.join(options.value('prefix') ?? '', ...folders, name.replaceAll('/', '%2F'));
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unused(file: string): string {
  if (!fs.existsSync(file)) return file;
  for (let number = 1; ; number++) if (!fs.existsSync(`${file}.${number}`)) return `${file}.${number}`;
}

export class Retrieval {
  readonly #options: Options;
  readonly #report: Report;
  readonly #url: URL;
  /** Descriptor that all documents of `-O` go to. */
  readonly #shared: number | undefined;
  #have = 0;

  constructor(options: Options, report: Report, url: URL, shared: number | undefined) {
    this.#options = options;
    this.#report = report;
    this.#url = url;
    this.#shared = shared;
  }

  async run(): Promise<void> {
    const tries = Number(this.#options.value('tries') ?? TRIES_DEFAULT) || Number.POSITIVE_INFINITY;
    if (this.#options.has('noClobber') && this.#shared === undefined) {
      const file = path.join(
        this.#options.value('prefix') ?? '',
        path.basename(this.#url.pathname) || 'index.html',
      );
      if (fs.existsSync(file)) {
        this.#report.tell(`File '${file}' already there; not retrieving.\n\n`);
        return;
      }
    }
    for (let count = 1; ; count++) {
      try {
        await this.#once(count);
        return;
      } catch (error) {
        if (!(error instanceof ExchangeFailure)) throw error;
        // What cannot get better is not tried again.
        if (count >= tries || ['resolve', 'connect', 'denied', 'certificate', 'tls'].includes(error.kind))
          throw this.#failure(error);
        this.#report.say(`${capital(error.message)}\nRetrying.\n\n`);
        await delay(Math.min(count, PAUSE_MAX_S) * 1000);
      }
    }
  }

  #failure({ kind, message }: ExchangeFailure): WgetFailure {
    const status = kind === 'tls' || kind === 'certificate' ? WgetStatus.tls : WgetStatus.network;
    if (kind === 'resolve')
      return new WgetFailure(status, `wget: unable to resolve host address '${this.#url.hostname}'`);
    return new WgetFailure(
      status,
      kind === 'connect' ? 'failed: Connection refused.' : `${capital(message)}.`,
    );
  }

  async #once(count: number): Promise<void> {
    const most = Number(this.#options.value('maxRedirect') ?? REDIRECTS_DEFAULT);
    let url = this.#url;
    let { method, body } = this.#payload();
    for (let redirects = 0; ; redirects++) {
      this.#report.say(
        `--${clock()}--  ${count > 1 ? `(try:${String(count).padStart(2)})  ` : ''}${url.href}\n`,
      );
      const answer = await this.#ask(url, method, body);
      const next = redirectOf(answer, url);
      if (next === undefined) return await this.#take(url, answer);
      answer.resume();
      if (redirects >= most) throw new WgetFailure(WgetStatus.server, `${most} redirections exceeded.`);
      this.#report.say(`Location: ${answer.headers.location} [following]\n`);
      const changed = redirectedMethod(answer.statusCode, method);
      if (changed !== method) body = undefined;
      [url, method] = [next, changed];
    }
  }

  #payload(): { method: string; body: Buffer | undefined } {
    const options = this.#options;
    const text = options.value('postData') ?? options.value('bodyData');
    const file = options.value('postFile') ?? options.value('bodyFile');
    const body = text !== undefined ? Buffer.from(text) : file === undefined ? undefined : readInput(file);
    const posts = options.has('postData') || options.has('postFile');
    const method =
      options.value('method')?.toUpperCase() ??
      (posts ? 'POST' : this.#options.has('spider') ? 'HEAD' : 'GET');
    return { method, body };
  }

  async #ask(url: URL, method: string, body: Buffer | undefined): Promise<IncomingMessage> {
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    const seconds = Number(this.#options.value('timeout') ?? 0);
    const abort = new AbortController();
    this.#report.say(`Connecting to ${url.hostname}:${port}... `);
    const answer = await exchange({
      ...{ method, url, body, signal: abort.signal, headers: this.#headers(url, body) },
      insecure: this.#options.has('noCheckCertificate'),
      socketPath: undefined,
      connectTimeoutMs: seconds > 0 ? seconds * 1000 : undefined,
      connected: () => this.#report.say(`connected.\nHTTP request sent, awaiting response... `),
    });
    if (seconds > 0) answer.setTimeout(seconds * 1000, () => answer.destroy(new Error('Read timed out')));
    this.#report.say(
      this.#options.has('serverResponse') ? '\n' : `${answer.statusCode} ${answer.statusMessage}\n`,
    );
    if (this.#options.has('serverResponse') && this.#report.level !== 'quiet')
      this.#report.always(
        headOf(answer)
          .replace(/^/gm, '  ')
          .replace(/\r\n {2}$/, '\r\n')
          .replaceAll('\r', ''),
      );
    return answer;
  }

  #headers(url: URL, body: Buffer | undefined): Header[] {
    const options = this.#options;
    const user = options.value('user') ?? decodeURIComponent(url.username);
    const password = options.value('password') ?? decodeURIComponent(url.password);
    const encoding = options.value('compression');
    const own: Header[] = [
      ['Host', url.host],
      ['User-Agent', options.value('userAgent') ?? 'Wget/1.21.3'],
      ['Accept', '*/*'],
      ['Accept-Encoding', encoding === undefined || encoding === 'none' ? 'identity' : 'gzip'],
      ['Connection', 'Keep-Alive'],
    ];
    const referer = options.value('referer');
    if (referer !== undefined) own.push(['Referer', referer]);
    if (user !== '')
      own.push(['Authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`]);
    if (body !== undefined) {
      own.push(
        ['Content-Type', 'application/x-www-form-urlencoded'],
        ['Content-Length', String(body.length)],
      );
    }
    const from = this.#resumeFrom();
    if (from > 0) own.push(['Range', `bytes=${from}-`]);
    const given = options.occurrences.flatMap(({ name, value = '' }): Header[] => {
      const [key = '', ...rest] = value.split(':');
      return name === 'header' ? [[key.trim(), rest.join(':').trim()]] : [];
    });
    const replaced = new Set(given.map(([name]) => name.toLowerCase()));
    return [...own.filter(([name]) => !replaced.has(name.toLowerCase())), ...given];
  }

  #resumeFrom(): number {
    const file =
      this.#options.value('output') ??
      path.join(this.#options.value('prefix') ?? '', path.basename(this.#url.pathname) || 'index.html');
    if (!this.#options.has('continue') || file === '-' || !fs.existsSync(file)) return this.#have;
    return fs.statSync(file).size;
  }

  async #take(url: URL, answer: IncomingMessage): Promise<void> {
    const status = answer.statusCode ?? 0;
    if (status === RANGE_REFUSED && this.#resumeFrom() > 0) {
      answer.resume();
      this.#report.say('\n    The file is already fully retrieved; nothing to do.\n\n');
      return;
    }
    const failed = status >= 400;
    if (failed && !this.#options.has('contentOnError')) {
      answer.resume();
      if (this.#options.has('spider')) this.#report.say('Remote file does not exist -- broken link!!!\n');
      if (status === UNAUTHORIZED)
        throw new WgetFailure(WgetStatus.login, '\nUsername/Password Authentication Failed.');
      if (this.#report.level === 'brief') this.#report.always(`${url.href}:\n`);
      throw new WgetFailure(WgetStatus.server, `${clock()} ERROR ${status}: ${answer.statusMessage}.`);
    }
    if (this.#options.has('spider')) {
      answer.resume();
      this.#report.say('Remote file exists.\n\n');
      return;
    }
    await this.#save(url, answer);
    if (failed)
      throw new WgetFailure(WgetStatus.server, `${clock()} ERROR ${status}: ${answer.statusMessage}.`);
  }

  async #save(url: URL, answer: IncomingMessage): Promise<void> {
    const length = answer.headers['content-length'];
    const from = answer.statusCode === PARTIAL ? this.#resumeFrom() : 0;
    const total = length === undefined ? undefined : Number(length) + from;
    const type = answer.headers['content-type']?.replace(/;.*/, '');
    const shown = this.#options.value('output');
    const file =
      shown ??
      (from > 0 || this.#options.has('continue')
        ? nameOf(this.#options, this.#url, answer)
        : unused(nameOf(this.#options, this.#url, answer)));
    this.#report.say(
      `Length: ${total === undefined ? 'unspecified' : `${total}${total > 1024 ? ` (${human(total).replace(/\.\d+/, '')})` : ''}`}${type === undefined ? '' : ` [${type}]`}\n` +
        `Saving to: '${file === '-' ? 'STDOUT' : file}'\n`,
    );
    const fd = this.#shared ?? open(file, from > 0);
    const bar = this.#report.bar(path.basename(file), from, total);
    const start = performance.now();
    let size = from;
    try {
      for await (const chunk of this.#options.has('compression') ? decoded(answer) : answer) {
        writeAll(fd, chunk as Buffer);
        size += (chunk as Buffer).length;
        bar?.moved((chunk as Buffer).length);
      }
    } catch (error) {
      this.#have = size;
      throw new ExchangeFailure('broken', (error as Error).message);
    } finally {
      bar?.end();
      if (this.#shared === undefined && fd !== STDOUT) fs.closeSync(fd);
    }
    const rate = speed(size - from, (performance.now() - start) / 1000);
    const of = total === undefined ? `[${size}]` : `[${size}/${total}]`;
    if (file === '-') this.#report.say(`${clock()} (${rate}) - written to stdout ${of}\n\n`);
    else this.#report.say(`${clock()} (${rate}) - '${file}' saved ${of}\n\n`);
    if (this.#report.level === 'brief')
      this.#report.always(`${clock()} URL:${url.href} ${of} -> "${file}" [1]\n`);
  }
}

function open(file: string, append: boolean): number {
  if (file === '-') return STDOUT;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return fs.openSync(file, append ? 'a' : 'w');
  } catch (error) {
    throw new WgetFailure(WgetStatus.file, `${file}: ${(error as Error).message}`);
  }
}

export function readInput(file: string): Buffer {
  try {
    return fs.readFileSync(file === '-' ? 0 : file);
  } catch {
    throw new WgetFailure(WgetStatus.file, `${file}: No such file or directory`);
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
