/** One transfer: a request, the redirects that it follows, and its answer's way to the output. */
import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CookieJar } from '../http/cookies.ts';
import { decoded } from '../http/decoded.ts';
import { exchange, type Header, headOf, redirectedMethod, redirectOf } from '../http/exchange.ts';
import { asCurlFailure, CurlFailure, CurlStatus } from './failure.ts';
import { writeAll } from '../standard-io.ts';
import type { Options } from './options.ts';
import { Meter, NO_PROGRESS, type Progress } from './progress.ts';
import { headersFor, parseUrl, type Plan, plan } from './request.ts';
import { Sink } from './sink.ts';
import type { Facts } from './write-out.ts';

const REDIRECTS_DEFAULT = 50;
const RETRY_DELAY_MAX_MS = 600_000;
const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);
const MILLISECONDS = 1000;
const STDOUT = 1;

export interface Target {
  readonly url: string;
  readonly output: string | undefined;
}

export class Transfer {
  readonly facts: Facts;
  readonly #options: Options;
  readonly #jar: CookieJar;
  readonly #target: Target;
  readonly #start = performance.now();

  constructor(options: Options, jar: CookieJar, target: Target) {
    this.#options = options;
    this.#jar = jar;
    this.#target = target;
    this.facts = { ...NO_FACTS, url: target.url, effectiveUrl: target.url, filename: target.output ?? '' };
  }

  /** Fills `facts`; throws a CurlFailure. */
  async run(): Promise<void> {
    const retries = Number(this.#options.value('retry') ?? 0);
    let waitMs = MILLISECONDS;
    const fixed = this.#options.value('retryDelay');
    for (let left = retries; ; left--) {
      const problem = await this.#attempt(left > 0);
      if (problem === undefined) return;
      const pause = fixed === undefined || Number(fixed) === 0 ? waitMs : Number(fixed) * MILLISECONDS;
      if (!this.#options.has('silent'))
        process.stderr.write(
          `Warning: Problem: ${problem}. Will retry in ${pause / MILLISECONDS} seconds. ${left} \nWarning: retries left.\n`,
        );
      await delay(pause);
      waitMs = Math.min(waitMs * 2, RETRY_DELAY_MAX_MS);
    }
  }

  /** → what makes another attempt worth while, or undefined when this was the last. */
  async #attempt(mayRetry: boolean): Promise<string | undefined> {
    try {
      await this.#once(mayRetry);
      return undefined;
    } catch (error) {
      if (error instanceof Transient) return error.message;
      const failure = asCurlFailure(error, performance.now() - this.#start);
      if (!(failure instanceof CurlFailure)) throw failure;
      if (mayRetry && this.#isTransient(failure))
        return failure.status === CurlStatus.timeout ? 'timeout' : failure.message;
      throw failure;
    } finally {
      this.facts.timeTotal = this.#seconds();
    }
  }

  #isTransient({ status }: CurlFailure): boolean {
    if (this.#options.has('retryAll')) return true;
    if (status === CurlStatus.connect) return this.#options.has('retryConnrefused');
    return status === CurlStatus.timeout || status === CurlStatus.resolve;
  }

  #seconds(): number {
    return (performance.now() - this.#start) / MILLISECONDS;
  }

  async #once(mayRetry: boolean): Promise<void> {
    const url = parseUrl(this.#target.url);
    const sink = new Sink({
      file: this.#target.output,
      createDirs: this.#options.has('createDirs'),
      append: this.#options.has('continueAt'),
      silent: this.#options.has('silent'),
    });
    if (url.protocol === 'file:') return readLocal(url, sink);
    const progress = this.#progress(sink);
    const abort = new AbortController();
    const limit = this.#options.value('maxTime');
    const timer =
      limit === undefined ? undefined : setTimeout(() => abort.abort(), Number(limit) * MILLISECONDS);
    try {
      const first = plan(this.#options, url);
      const answer = await this.#follow(first, sink, abort.signal);
      await this.#take(answer, sink, progress, mayRetry);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      const spent = Math.round(this.#seconds() * MILLISECONDS);
      throw new CurlFailure(
        CurlStatus.timeout,
        `Operation timed out after ${spent} milliseconds with ${sink.size} bytes received`,
      );
    } finally {
      clearTimeout(timer);
      progress.end();
      sink.close();
      this.facts.sizeDownload = sink.size;
    }
  }

  #progress(sink: Sink): Progress {
    const quiet = ['silent', 'noProgressMeter', 'head'] as const;
    if (quiet.some((name) => this.#options.has(name)) || sink.isTerminal) return NO_PROGRESS;
    return new Meter(this.#options.has('progressBar'));
  }

  /** Asks, and asks again where answers lead. */
  async #follow(first: Plan, sink: Sink, signal: AbortSignal): Promise<IncomingMessage> {
    const follows = this.#options.has('location') || this.#options.has('locationTrusted');
    const most = Number(this.#options.value('maxRedirs') ?? REDIRECTS_DEFAULT);
    let { url, method, data } = first;
    for (;;) {
      const trusted = url.host === first.url.host || this.#options.has('locationTrusted');
      const answer = await this.#ask({ url, method, data, headers: [] }, trusted, signal);
      this.#jar.take(url, answer.headers['set-cookie']);
      this.#showHead(answer, sink);
      const next = redirectOf(answer, url);
      this.facts.redirectUrl = next?.href ?? '';
      if (!follows || next === undefined) return answer;
      if (most >= 0 && this.facts.redirects >= most)
        throw new CurlFailure(CurlStatus.redirects, `Maximum (${most}) redirects followed`);
      answer.resume();
      this.facts.redirects++;
      this.facts.timeRedirect = this.#seconds();
      const changed = this.#methodAfter(answer.statusCode, method);
      if (changed === 'GET' && method !== 'GET') data = undefined;
      [url, method] = [next, this.#options.value('request') ?? changed];
    }
  }

  #methodAfter(status: number | undefined, method: string): string {
    const keeps = { 301: 'post301', 302: 'post302', 303: 'post303' } as const;
    const name = status === 301 || status === 302 || status === 303 ? keeps[status] : undefined;
    return name !== undefined && this.#options.has(name) ? method : redirectedMethod(status, method);
  }

  async #ask(request: Plan, trusted: boolean, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, method, data } = request;
    const headers = [...headersFor(this.#options, { url, data, trusted }, this.#jar), ...this.#resume()];
    const connect = this.#options.value('connectTimeout');
    this.facts.effectiveUrl = url.href;
    this.facts.method = method;
    const head = `${method} ${url.pathname}${url.search} HTTP/1.1`;
    const answer = await exchange({
      ...{ method, url, headers, signal },
      body: data?.body,
      insecure: this.#options.has('insecure'),
      socketPath: this.#options.value('unixSocket'),
      connectTimeoutMs: connect === undefined ? undefined : Number(connect) * MILLISECONDS,
      connected: (address = '', port = 0) => {
        Object.assign(this.facts, { remoteAddress: address, remotePort: port, timeConnect: this.#seconds() });
        this.facts.connects = 1;
        this.#explain(url, head, headers);
      },
    });
    this.facts.sizeUpload = Buffer.isBuffer(data?.body) ? data.body.length : 0;
    this.facts.timeStart = this.#seconds();
    return answer;
  }

  #resume(): Header[] {
    const given = this.#options.value('continueAt');
    if (given === undefined) return [];
    const file = this.#target.output;
    const have =
      given === '-'
        ? file !== undefined && fs.existsSync(file)
          ? fs.statSync(file).size
          : 0
        : Number(given);
    return have === 0 ? [] : [['Range', `bytes=${have}-`]];
  }

  #explain(url: URL, head: string, headers: readonly Header[]): void {
    if (!this.#options.has('verbose')) return;
    const { remoteAddress, remotePort } = this.facts;
    const lines = [head, ...headers.map(([name, value]) => `${name}: ${value}`), ''];
    process.stderr.write(
      `*   Trying ${remoteAddress}:${remotePort}...\n* Connected to ${url.hostname} (${remoteAddress}) port ${remotePort} (#0)\n` +
        lines.map((line) => `> ${line}\n`).join(''),
    );
  }

  #showHead(answer: IncomingMessage, sink: Sink): void {
    const head = `${headOf(answer)}\r\n`;
    Object.assign(this.facts, {
      status: answer.statusCode ?? 0,
      httpVersion: answer.httpVersion,
      contentType: answer.headers['content-type'],
      headers: answer.headers,
    });
    this.facts.sizeHeader += head.length;
    if (this.#options.has('verbose'))
      process.stderr.write(head.replace(/^/gm, '< ').replace(/\r\n(< $)?/g, '\n'));
    if (this.#options.has('include') || this.#options.has('head')) sink.head(head);
    const file = this.#options.value('dumpHeader');
    if (file === '-') writeAll(STDOUT, head);
    else if (file !== undefined) fs.appendFileSync(file, head);
  }

  async #take(answer: IncomingMessage, sink: Sink, progress: Progress, mayRetry: boolean): Promise<void> {
    const status = answer.statusCode ?? 0;
    const again = mayRetry && TRANSIENT.has(status);
    const failed = status >= 400;
    const refused = (): CurlFailure =>
      new CurlFailure(CurlStatus.http, `The requested URL returned error: ${status}`);
    if (failed && this.#options.has('fail')) {
      answer.destroy();
      throw again ? new Transient('HTTP error') : refused();
    }
    if (this.#options.has('continueAt') && status === 200 && this.#resume().length > 0)
      throw new CurlFailure(
        CurlStatus.range,
        "HTTP server doesn't seem to support byte ranges. Cannot resume.",
      );
    const length = answer.headers['content-length'];
    const most = this.#options.value('maxFilesize');
    if (most !== undefined && Number(length) > Number(most))
      throw new CurlFailure(CurlStatus.fileSize, 'Maximum file size exceeded');
    progress.expect(length === undefined ? undefined : Number(length));
    try {
      for await (const chunk of this.#options.has('compressed') ? decoded(answer) : answer) {
        sink.write(chunk as Buffer);
        progress.moved((chunk as Buffer).length);
      }
    } catch (error) {
      throw bodyFailure(error, length, sink.size);
    }
    sink.end();
    if (again) throw new Transient('HTTP error');
    if (failed && this.#options.has('failWithBody')) throw refused();
  }
}

/** An answer that another attempt may better. */
class Transient extends Error {}

function bodyFailure(error: unknown, length: string | undefined, size: number): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error instanceof CurlFailure || code === 'ABORT_ERR') return error;
  if (code.startsWith('Z_'))
    return new CurlFailure(
      CurlStatus.encoding,
      `Error while processing content unencoding: ${(error as Error).message}`,
    );
  const missing = length === undefined ? 'outstanding read data' : `${Number(length) - size} bytes`;
  return new CurlFailure(
    CurlStatus.partial,
    `transfer closed with ${missing} remaining${length === undefined ? '' : ' to read'}`,
  );
}

function readLocal(url: URL, sink: Sink): void {
  const path = fileURLToPath(url);
  try {
    sink.write(fs.readFileSync(path));
  } catch (error) {
    if (error instanceof CurlFailure) throw error;
    throw new CurlFailure(CurlStatus.file, `Couldn't open file ${path}`);
  }
  sink.end();
}

const NO_FACTS: Facts = {
  ...{
    url: '',
    effectiveUrl: '',
    method: 'GET',
    status: 0,
    httpVersion: '',
    contentType: undefined,
    headers: {},
  },
  ...{
    sizeDownload: 0,
    sizeUpload: 0,
    sizeHeader: 0,
    sizeRequest: 0,
    redirects: 0,
    redirectUrl: '',
    filename: '',
  },
  ...{ remoteAddress: '', remotePort: 0, connects: 0, exitCode: 0, errorMessage: '' },
  ...{ timeConnect: 0, timeStart: 0, timeTotal: 0, timeRedirect: 0 },
};
