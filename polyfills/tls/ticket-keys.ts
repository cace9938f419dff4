/** Keys of session tickets that a program chooses by a callback (SecureContext::TicketKeyCallback in crypto_context.cc). */
import type { NodeContext } from '../context.ts';
import { cryptographyOf } from '../crypto/library.ts';
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import type { TicketKeySource } from './engine/tickets.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Where each thing stands in the array that the callback answers with. */
export const TicketKeyAnswer = { result: 0, macKey: 1, cipherKey: 2, name: 3, iv: 4 } as const;

/** As OpenSSL has them: negative ends the handshake. */
const RESULT_NONE = 0;
const RESULT_RENEW = 2;

/** Calls `onticketkeycallback` of a SecureContext for each ticket that is made or met. */
export function ticketKeySource(context: NodeContext, secure: object): TicketKeySource {
  const { Fail, TICKET_PART_BYTES } = cryptographyOf(context).tls;
  const blank = new Uint8Array(TICKET_PART_BYTES);

  function bytesAt(answer: readonly unknown[], index: number, size?: number): Bytes {
    const value = answer[index];
    if (!ArrayBuffer.isView(value)) throw Fail.callback();
    const bytes = bytesOf(value);
    const length = lengthOf(bytes);
    if (size !== undefined && length !== size) throw Fail.callback();
    return copyBytes(bytes, 0, length);
  }

  function ask(name: Uint8Array, iv: Uint8Array, sealing: boolean) {
    const callback = (secure as Record<string, unknown>)['onticketkeycallback'];
    const parts = [name, iv].map((part) => toBuffer(copyBytes(part, 0, part.length)));
    const answer = context.async.makeCallback(secure, callback, ...parts, sealing);
    if (!Array.isArray(answer)) throw Fail.callback();
    const result: unknown = answer[TicketKeyAnswer.result];
    if (typeof result !== 'number' || (result | 0) !== result || result < RESULT_NONE) throw Fail.callback();
    const macKey = bytesAt(answer, TicketKeyAnswer.macKey);
    const cipherKey = bytesAt(answer, TicketKeyAnswer.cipherKey, TICKET_PART_BYTES);
    const part = (index: number): Bytes => bytesAt(answer, index, TICKET_PART_BYTES);
    return { result, macKey, cipherKey, part };
  }

  return {
    toSeal() {
      const { result, macKey, cipherKey, part } = ask(blank, blank, true);
      const keys = { macKey, cipherKey, name: part(TicketKeyAnswer.name), iv: part(TicketKeyAnswer.iv) };
      return result === RESULT_NONE ? undefined : keys;
    },
    toOpen(name, iv) {
      const { result, macKey, cipherKey } = ask(name, iv, false);
      return result === RESULT_NONE ? undefined : { macKey, cipherKey, renew: result === RESULT_RENEW };
    },
  };
}
