/**
 * `mhnos.v1`: what a browser and the external runtime's bridge say to each other over one WebSocket.
 * Control is JSON in text frames; data is binary frames (runtime/frames.ts). Each request may carry an `id`,
 * and its answer or error carries the same. docs/runtime.md describes the conversation.
 *
 * The shapes below are the only definition: types are inferred from them, both ends parse with them,
 * and a test holds their fingerprint, so that no change of them passes unnoticed by `PROTOCOL_REVISION`.
 */
import * as v from 'valibot';
import { count, id, ID_MAX, text } from './runtime/common.ts';
import { clientNetworkMessages, serverNetworkMessages } from './runtime/network.ts';
import { clientProcessMessages, serverProcessMessages } from './runtime/processes.ts';
import { clientS3Messages, serverS3Messages } from './runtime/s3.ts';
import { clientSyncMessages, serverSyncMessages } from './runtime/files.ts';

/** WebSocket subprotocol of a client that speaks binary frames and acknowledges what it consumed. */
export const PROTOCOL = 'mhnos.v1';
/** WebSocket subprotocol of a simple client: JSON only, output as `stdout` and `stderr` messages. No subprotocol means the same. */
export const JSON_PROTOCOL = 'mhnos.json';
/** A browser cannot set headers on a WebSocket, so the token travels as a subprotocol of this prefix; others may send `Authorization: Bearer`. */
export const TOKEN_PROTOCOL_PREFIX = 'mhnos.auth.';
/** Raised by every change of a message's shape. */
export const PROTOCOL_REVISION = 3;

export const DEFAULT_PORT = 18790;
/** Bytes of one binary frame's payload. */
export const FRAME_PAYLOAD_MAX = 64 * 1024;
/** Bytes of one WebSocket message, sized for a manifest of LIST_MAX files. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes that a sender may have unacknowledged on one stream, or to one process's input. */
export const WINDOW_BYTES = 1024 * 1024;

/** Close codes of the WebSocket beyond RFC 6455's. */
export const CloseCode = {
  /** The runtime stops; its processes are ended. */
  goingAway: 1001,
  /** A frame that is not one of the protocol's. */
  protocolError: 1002,
  messageTooBig: 1009,
  /** Another connection of the same session took over. */
  replaced: 4001,
} as const;

const clientMessage = v.variant('type', [
  /** A client that wants to resume names its session first: spawn ids, input offsets and unread output belong to it. */
  v.object({
    type: v.literal('hello'),
    ...id,
    session: v.pipe(v.string(), v.minLength(16), v.maxLength(ID_MAX)),
  }),
  ...clientProcessMessages,
  ...clientSyncMessages,
  ...clientNetworkMessages,
  ...clientS3Messages,
]);
export type ClientMessage = v.InferOutput<typeof clientMessage>;
/** A client message as it may be written: with the defaults left out. */
export type ClientRequest = v.InferInput<typeof clientMessage>;

const serverMessage = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    protocol: v.literal(PROTOCOL),
    revision: count,
    server: v.object({ name: text, version: text, node: text, platform: text }),
    features: v.array(text),
    workspace: text,
    /** What holds in fact, not what was asked for. `landlock` is the kernel's ABI, 0 without. */
    sandbox: v.object({ mode: v.picklist(['strict', 'relaxed', 'none']), landlock: count }),
    limits: v.object({ processes: count, memoryBytes: count, outputBytes: count, messageBytes: count }),
  }),
  v.object({ type: v.literal('welcome'), ...id, session: text, resumed: v.boolean() }),
  /** A request failed (with its `id`), or the connection is in trouble (without). `code` is an errno name or one of docs/runtime.md. */
  v.object({ type: v.literal('error'), ...id, code: text, message: text }),
  /** Something the user ought to know about a process or the runtime, such as a limit that was reached. */
  v.object({ type: v.literal('notice'), code: text, message: text, pid: v.optional(count) }),
  ...serverProcessMessages,
  ...serverSyncMessages,
  ...serverNetworkMessages,
  ...serverS3Messages,
]);
export type ServerMessage = v.InferOutput<typeof serverMessage>;

export type MessageOf<All extends { type: string }, Type extends All['type']> = Extract<All, { type: Type }>;

/** A message, or the sentence that says what is wrong with it and the id that it gave. */
export type Parsed<Message> =
  { ok: true; message: Message } | { ok: false; id: string | undefined; problem: string };

function idOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('id' in value)) return undefined;
  return typeof value.id === 'string' && value.id.length <= ID_MAX ? value.id : undefined;
}

/** Instead of the list of all types. */
function typeProblem(value: unknown): string {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  return typeof type === 'string'
    ? `no type is called ${JSON.stringify(type.slice(0, ID_MAX))}`
    : 'it has no type';
}

function parse<Schema extends v.GenericSchema>(schema: Schema, json: string): Parsed<v.InferOutput<Schema>> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { ok: false, id: undefined, problem: 'not JSON' };
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return { ok: true, message: result.output };
  const [issue] = result.issues;
  if (issue.type === 'variant') return { ok: false, id: idOf(value), problem: typeProblem(value) };
  const path = v.getDotPath(issue) ?? 'message';
  return { ok: false, id: idOf(value), problem: `${path}: ${issue.message}` };
}

export const parseClientMessage = (json: string): Parsed<ClientMessage> => parse(clientMessage, json);
export const parseServerMessage = (json: string): Parsed<ServerMessage> => parse(serverMessage, json);

/** The schemas, for the test that fingerprints them. */
export const schemas = { clientMessage, serverMessage };
