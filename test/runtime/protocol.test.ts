import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseClientMessage,
  parseServerMessage,
  PROTOCOL_REVISION,
  schemas,
} from '../../src/protocol/runtime.ts';
import { decodeFrame, encodeFrame, FrameKind } from '../../src/protocol/runtime/frames.ts';

/** A schema as plain data: what it accepts, without the functions that check it. */
function shape(schema: unknown): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => {
      if (value instanceof RegExp) return value.source;
      return ['expects', 'message', 'async', 'reference'].includes(key) ? undefined : value;
    }),
  );
}

describe('the protocol', () => {
  it('changes only together with its revision', () => {
    const fingerprint = createHash('sha256')
      .update(JSON.stringify(shape(schemas)))
      .digest('hex');
    expect({ revision: PROTOCOL_REVISION, fingerprint: fingerprint.slice(0, 16) }).toMatchInlineSnapshot(`
      {
        "fingerprint": "740423662420db5b",
        "revision": 3,
      }
    `);
  });

  it('has an equal copy in the folder that the image is built from', () => {
    execFileSync(process.execPath, ['scripts/runtime-protocol.mjs', '--check'], { stdio: 'pipe' });
  });

  it('survives any text, and keeps the id of what it refuses', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseClientMessage(text).ok).toBe(false);
        expect(parseServerMessage(text).ok).toBe(false);
      }),
    );
    expect(parseClientMessage('{"type":"spawn","id":"7","processType":"ruby"}')).toMatchObject({
      ok: false,
      id: '7',
    });
    expect(parseClientMessage('{"type":"__proto__","id":"8"}')).toMatchObject({ ok: false, id: '8' });
  });

  it.each([
    { type: 'spawn', processType: 'node', command: 'a\0b' },
    { type: 'spawn', processType: 'node', args: 'not a list' },
    { type: 'spawn', processType: 'node', options: { timeout: -1 } },
    { type: 'resize', pid: 1000, cols: 0, rows: 24 },
    { type: 'resize', pid: 1000, cols: 1e9, rows: 24 },
    { type: 'kill', pid: 1000, signal: 'rm -rf' },
    { type: 'kill', pid: 0 },
    { type: 'kill', pid: -1 },
    { type: 'attach', pid: 1.5 },
    { type: 'attach', pid: 1000, from: -1 },
    { type: 'portConnect', port: 70_000 },
    { type: 'hello', session: 'short' },
  ])('refuses %j', (message) => {
    expect(parseClientMessage(JSON.stringify(message)).ok).toBe(false);
  });
});

describe('frames', () => {
  it('come back as they went, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(FrameKind)),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.maxSafeNat(),
        fc.uint8Array(),
        (kind, target, offset, bytes) => {
          expect(decodeFrame(encodeFrame(kind, target, offset, bytes))).toEqual({
            kind,
            target,
            offset,
            bytes,
          });
        },
      ),
    );
  });

  it('that are none are told from those that are', () => {
    expect(decodeFrame(new Uint8Array(12))).toBeUndefined();
    expect(decodeFrame(new Uint8Array(13).fill(255))).toBeUndefined();
    expect(decodeFrame(new Uint8Array(13))).toBeUndefined();
  });
});
