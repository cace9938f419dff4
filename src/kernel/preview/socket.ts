/** A WebSocket of a preview's frame: the handshake and the frames are made here, the frame's script has the events. */
import { PREVIEW_WINDOW_BYTES } from '../../base/limits.ts';
import type { FromSocket, HeaderList, SocketOpen, ToSocket } from '../../protocol/preview.ts';
import type { HttpClient } from './http-client.ts';
import { fieldMembers, fieldValues, readHead, requestBytes } from './http-syntax.ts';
import { ClosedEarly, type Incoming, ProtocolError } from './incoming.ts';
import type { Line } from './pool.ts';
import {
  CloseCode,
  encodeFrame,
  type FrameSource,
  Opcode,
  readMessages,
  SocketFailure,
} from '../net/socket-frames.ts';

const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** The message of a close frame: its code, and a reason of up to so many bytes. */
const REASON_MAX_BYTES = 123;

type PooledLine = Line & { discard(): void };

export class PreviewSocket {
  readonly #port: MessagePort;
  readonly #outgoing: { opcode: number; payload: Uint8Array; then?: () => void }[] = [];
  #line: PooledLine | undefined;
  #sending = false;
  #credit = PREVIEW_WINDOW_BYTES;
  #granted: (() => void) | undefined;
  #closeSent = false;
  #over = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<ToSocket>) => this.#receive(data);
    // The frame is gone.
    port.addEventListener('close', () =>
      this.#end(CloseCode.abnormal, '', { wasClean: false, failed: false }),
    );
  }

  async run(client: HttpClient, port: number, open: SocketOpen, headers: HeaderList): Promise<void> {
    try {
      const line = await client.connect(port);
      if (this.#over) {
        line.discard();
        return;
      }
      this.#line = line;
      const protocol = await shakeHands(line, open, headers);
      this.#post({ type: 'open', protocol });
      this.#flush();
      await this.#pump(line);
      this.#end(CloseCode.abnormal, '', { wasClean: false, failed: false });
    } catch (error) {
      if (error instanceof SocketFailure) await this.#sendClose(error.code, error.message);
      this.#end(CloseCode.abnormal, '', { wasClean: false, failed: true });
    }
  }

  async #pump({ input }: Line): Promise<void> {
    for await (const { opcode, payload } of readMessages('client', framesOf(input))) {
      switch (opcode) {
        case Opcode.ping:
          this.#send({ opcode: Opcode.pong, payload });
          break;
        case Opcode.pong:
          break;
        case Opcode.close:
          await this.#closedByServer(payload);
          return;
        default:
          await this.#deliver(opcode === Opcode.text ? textOf(payload) : payload, payload.length);
      }
      if (this.#over) return;
    }
  }

  async #deliver(data: string | Uint8Array<ArrayBuffer>, bytes: number): Promise<void> {
    while (this.#credit <= 0 && !this.#over) await new Promise<void>((resolve) => (this.#granted = resolve));
    this.#credit -= bytes;
    const own = typeof data === 'string' || data.length === data.buffer.byteLength ? data : data.slice();
    this.#post({ type: 'message', data: own, bytes }, typeof own === 'string' ? [] : [own.buffer]);
  }

  async #closedByServer(payload: Uint8Array): Promise<void> {
    if (payload.length === 1) throw new SocketFailure(CloseCode.protocol, 'a close frame of one byte');
    const code = payload.length < 2 ? CloseCode.noStatus : ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
    const reason = textOf(payload.subarray(2));
    await this.#sendClose(code === CloseCode.noStatus ? undefined : code, '');
    this.#end(code, reason, { wasClean: true, failed: false });
  }

  #receive(message: ToSocket): void {
    switch (message.type) {
      case 'send': {
        const { data } = message;
        const text = typeof data === 'string';
        const payload = text ? new TextEncoder().encode(data) : data;
        const then = (): void => this.#post({ type: 'sent', bytes: payload.length });
        this.#send({ opcode: text ? Opcode.text : Opcode.binary, payload, then });
        return;
      }
      case 'close':
        // Before the handshake's end there is nobody to say good-bye to.
        if (this.#line === undefined) this.#end(CloseCode.abnormal, '', { wasClean: false, failed: true });
        else void this.#sendClose(message.code, message.reason);
        return;
      case 'taken':
        this.#credit += message.bytes;
        this.#granted?.();
    }
  }

  #sendClose(code: number | undefined, reason: string): Promise<void> {
    if (this.#closeSent) return Promise.resolve();
    this.#closeSent = true;
    const words = new TextEncoder().encode(reason).subarray(0, REASON_MAX_BYTES);
    const payload = new Uint8Array(code === undefined ? 0 : 2 + words.length);
    if (code !== undefined) {
      new DataView(payload.buffer).setUint16(0, code);
      payload.set(words, 2);
    }
    return new Promise((then) => this.#send({ opcode: Opcode.close, payload, then }));
  }

  #send(frame: { opcode: number; payload: Uint8Array; then?: () => void }): void {
    this.#outgoing.push(frame);
    this.#flush();
  }

  /** One frame after the other, each when the pipe has taken the one before. */
  #flush(): void {
    if (this.#sending || this.#line === undefined) return;
    this.#sending = true;
    const { connection } = this.#line;
    void (async () => {
      for (let frame = this.#outgoing.shift(); frame; frame = this.#outgoing.shift()) {
        await connection.write(encodeFrame('client', frame.opcode, frame.payload));
        frame.then?.();
      }
      this.#sending = false;
    })();
  }

  #end(code: number, reason: string, how: { wasClean: boolean; failed: boolean }): void {
    if (this.#over) return;
    this.#over = true;
    this.#post({ type: 'close', code, reason, ...how });
    this.#granted?.();
    this.#line?.discard();
    this.#port.onmessage = null;
  }

  #post(message: FromSocket, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

/** → the protocol that the server has chosen, '' for none. */
async function shakeHands(
  { connection, input }: Line,
  { target, protocols }: SocketOpen,
  headers: HeaderList,
): Promise<string> {
  const key = base64(crypto.getRandomValues(new Uint8Array(16)));
  const request: HeaderList = [
    ...headers,
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', key],
  ];
  if (protocols.length > 0) request.push(['Sec-WebSocket-Protocol', protocols.join(', ')]);
  await connection.write(requestBytes('GET', target, request));
  const head = await readHead(input);
  if (head?.status !== 101)
    throw new ProtocolError(`the server refused the WebSocket (${head?.status ?? 'no answer'})`);
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(key + HANDSHAKE_GUID));
  const [accept] = fieldValues(head.headers, 'sec-websocket-accept');
  const [protocol = ''] = fieldValues(head.headers, 'sec-websocket-protocol');
  const upgrades = fieldMembers(head.headers, 'upgrade').includes('websocket');
  if (!upgrades || accept !== base64(new Uint8Array(digest)))
    throw new ProtocolError('the handshake is not a WebSocket’s');
  if (protocol !== '' && !protocols.includes(protocol))
    throw new ProtocolError('the server chose a protocol of its own');
  if (fieldValues(head.headers, 'sec-websocket-extensions').length > 0) {
    throw new ProtocolError('the server uses an extension that was not offered');
  }
  return protocol;
}

/** A connection that ends early ends the messages. */
function framesOf(input: Incoming): FrameSource {
  return {
    async exactly(count) {
      try {
        return await input.exactly(count);
      } catch (error) {
        if (error instanceof ClosedEarly) return undefined;
        throw error;
      }
    },
  };
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function textOf(payload: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    throw new SocketFailure(CloseCode.data, 'text is not UTF-8');
  }
}
