/** Bounds of a session: what a peer may make it keep or do. The defaults are nghttp2's. */

/** CONTINUATION frames of one header block. */
export const MAX_CONTINUATIONS = 8;
/** Bytes of one name or value of a header field. */
export const MAX_FIELD_BYTES = 65_536;
/** Answers to PING and SETTINGS that wait to be sent: more is a flood. */
export const MAX_QUEUED_ANSWERS = 1000;
/** Entries of one SETTINGS frame. */
export const MAX_SETTINGS_ENTRIES = 32;
/** Bytes of a header block before it is compressed. */
export const MAX_SENT_HEADER_BYTES = 65_536;
/** Streams that a server may promise before it begins them. */
export const MAX_RESERVED_STREAMS = 200;
/** Streams that a client opens before it knows the server's limit. */
export const PEER_MAX_CONCURRENT_STREAMS = 100;
/** Streams that a client may reset at once, and each second after that (CVE-2023-44487). */
export const STREAM_RESET_BURST = 1000;
export const STREAM_RESETS_PER_SECOND = 33;
/** Frames that mean nothing, PRIORITY among them: so many at once, and each second after that. */
export const GLITCH_BURST = 10_000;
export const GLITCHES_PER_SECOND = 330;
