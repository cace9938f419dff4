/** Ports of remote processes, connections to them, and connections and names of the outside world. */
import * as v from 'valibot';
import { id, pid, port, text } from './common.ts';

/** At most 65,535 bytes, in base64. */
const dnsMessage = v.pipe(v.string(), v.maxLength(87_380), v.base64());

export const clientNetworkMessages = [
  /** From now on `port` messages tell which ports the processes of this runtime listen on; those open already are told at once. */
  v.object({ type: v.literal('portWatch'), ...id }),
  /** A byte stream to a port that a process of this runtime listens on: HTTP, WebSocket or anything else. */
  v.object({ type: v.literal('portConnect'), ...id, port }),
  /** A byte stream to another host, if the relay's policy lets it. */
  v.object({ type: v.literal('relayConnect'), ...id, host: text, port }),
  v.object({ type: v.literal('relayResolve'), ...id, host: text, family: v.optional(v.picklist([0, 4, 6])) }),
  /** A DNS query in its wire form (RFC 1035), for the name server of the runtime's machine. */
  v.object({ type: v.literal('relayQuery'), ...id, query: dnsMessage }),
  /** A path, good once and for a minute, at which any Wisp client may open its own WebSocket. */
  v.object({ type: v.literal('relayTicket'), ...id }),
] as const;

export const serverNetworkMessages = [
  v.object({ type: v.literal('portWatching'), ...id }),
  v.object({ type: v.literal('port'), port, pid, state: v.picklist(['open', 'closed']) }),
  v.object({ type: v.literal('connected'), ...id, stream: pid, address: v.optional(text) }),
  v.object({
    type: v.literal('relayResolved'),
    ...id,
    addresses: v.array(v.object({ address: text, family: v.picklist([4, 6]) })),
  }),
  v.object({ type: v.literal('relayAnswer'), ...id, answer: dnsMessage }),
  v.object({ type: v.literal('relayTicket'), ...id, path: text }),
] as const;
