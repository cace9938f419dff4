import { describe, expect, it } from 'vitest';
import { SOCKET_MESSAGE_MAX_BYTES } from '../../../src/base/limits.ts';
import {
  CloseCode,
  encodeFrame,
  type FrameSource,
  readMessages,
  SocketFailure,
  type SocketRole,
} from '../../../src/kernel/net/socket-frames.ts';

function sourceOf(bytes: Uint8Array): FrameSource {
  let at = 0;
  return {
    exactly(count) {
      const part = at + count > bytes.length ? undefined : bytes.slice(at, at + count);
      at += count;
      return Promise.resolve(part);
    },
  };
}

/** → what is read of the bytes, and the code of the failure that ends it. */
async function read(bytes: readonly number[] | Uint8Array, role: SocketRole = 'client') {
  const messages: [opcode: number, text: string][] = [];
  try {
    for await (const { opcode, payload } of readMessages(role, sourceOf(Uint8Array.from(bytes))))
      messages.push([opcode, new TextDecoder().decode(payload)]);
  } catch (error) {
    if (error instanceof SocketFailure) return { messages, code: error.code };
    throw error;
  }
  return { messages };
}

const FINAL = 0x80;
const text = (...letters: string[]): number[] => letters.map((letter) => letter.charCodeAt(0));

describe('WebSocket frames', () => {
  it('come as they were sent, whichever side masks', async () => {
    const sent = Uint8Array.from(text('a', 'b'));
    expect(await read(encodeFrame('client', 1, sent), 'server')).toEqual({ messages: [[1, 'ab']] });
    expect(await read(encodeFrame('server', 2, sent))).toEqual({ messages: [[2, 'ab']] });
  });

  it('make a message of fragments, with control frames between them', async () => {
    const bytes = [1, 1, ...text('a'), FINAL | 9, 1, ...text('p'), 0, 0, FINAL | 0, 1, ...text('b')];
    expect(await read(bytes)).toEqual({
      messages: [
        [9, 'p'],
        [1, 'ab'],
      ],
    });
  });

  it('of a hundred thousand fragments are one message', async () => {
    const count = 100_000;
    const bytes = new Uint8Array(3 * count);
    for (let i = 0; i < count; i++)
      bytes.set([(i === count - 1 ? FINAL : 0) | (i === 0 ? 2 : 0), 1, 120], 3 * i);
    const { messages } = await read(bytes);
    expect(messages).toEqual([[2, 'x'.repeat(count)]]);
  });

  it.each([
    ['a reserved bit', [FINAL | 0x40 | 1, 0], CloseCode.protocol],
    ['a mask of a server', [FINAL | 1, 0x80, 0, 0, 0, 0], CloseCode.protocol],
    ['an unknown opcode', [FINAL | 3, 0], CloseCode.protocol],
    ['an unknown control opcode', [FINAL | 11, 0], CloseCode.protocol],
    ['a ping in parts', [9, 0], CloseCode.protocol],
    ['a ping of 126 bytes', [FINAL | 9, 126, 0, 126], CloseCode.protocol],
    ['a continuation of nothing', [FINAL | 0, 0], CloseCode.protocol],
    ['a continuation after a whole message', [FINAL | 1, 0, FINAL | 0, 0], CloseCode.protocol],
    ['a message within another', [1, 0, FINAL | 1, 0], CloseCode.protocol],
    [
      'a length beyond all bounds',
      [FINAL | 2, 127, 255, 255, 255, 255, 255, 255, 255, 255],
      CloseCode.tooBig,
    ],
    [
      'a length beyond the limit',
      [FINAL | 2, 127, 0, 0, 0, 0, ...bigEndian(SOCKET_MESSAGE_MAX_BYTES + 1)],
      CloseCode.tooBig,
    ],
    [
      'fragments beyond the limit',
      [2, 1, 120, 0, 127, 0, 0, 0, 0, ...bigEndian(SOCKET_MESSAGE_MAX_BYTES)],
      CloseCode.tooBig,
    ],
  ])('%s closes the connection with its code', async (_name, bytes, code) => {
    expect((await read(bytes)).code).toBe(code);
  });

  it('without a mask are no client’s', async () => {
    expect((await read([FINAL | 1, 0], 'server')).code).toBe(CloseCode.protocol);
  });

  it('that are cut short end without a message', async () => {
    expect(await read([FINAL | 1, 3, ...text('a')])).toEqual({ messages: [] });
    expect(await read([FINAL | 1, 126, 0])).toEqual({ messages: [] });
  });
});

function bigEndian(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}
