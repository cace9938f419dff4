/** The kernel's side of previews: requests and sockets of frames, answered by the container's servers. */
import type { HeaderList, PreviewCall, PreviewReport, PreviewSettings } from '../../protocol/preview.ts';
import type { Dial } from './connection.ts';
import { CookieJar } from './cookies.ts';
import { Exchange } from './exchange.ts';
import { HttpClient } from './http-client.ts';
import { PreviewSocket } from './socket.ts';

export class Previews {
  readonly #client: HttpClient;
  readonly #jars = new Map<number, CookieJar>();
  readonly #report: (port: number, message: PreviewReport) => void;
  #settings: PreviewSettings = { script: null, errors: 'none', embedderPolicy: 'require-corp' };

  constructor(dial: Dial, report: (port: number, message: PreviewReport) => void) {
    this.#client = new HttpClient(dial);
    this.#report = report;
  }

  configure(settings: PreviewSettings): void {
    this.#settings = settings;
  }

  /** Answers what a service worker sends on this port: each has one of its own, and a new one after a restart. */
  serve(route: MessagePort): void {
    route.onmessage = ({ data }: MessageEvent<PreviewCall>) => this.#handle(data);
  }

  #handle(call: PreviewCall): void {
    switch (call.type) {
      case 'request':
        void new Exchange(call.exchange).run(this.#client, this.#jar(call.port), this.#settings, call);
        return;
      case 'socket':
        void new PreviewSocket(call.open.socket).run(
          this.#client,
          call.port,
          call.open,
          this.#socketHeaders(call.port, call.open.target),
        );
        return;
      case 'cookie':
        this.#jar(call.port).set(call.cookie, call.path, { script: true });
        return;
      case 'message':
        this.#report(call.port, call.message);
    }
  }

  #socketHeaders(port: number, target: string): HeaderList {
    const host = `localhost:${port}`;
    const cookies = this.#jar(port).header(target);
    return [
      ['Host', host],
      ['Origin', `http://${host}`],
      ['User-Agent', navigator.userAgent],
      ...(cookies === '' ? [] : ([['Cookie', cookies]] satisfies HeaderList)),
    ];
  }

  #jar(port: number): CookieJar {
    const jar = this.#jars.get(port) ?? new CookieJar();
    this.#jars.set(port, jar);
    return jar;
  }
}
