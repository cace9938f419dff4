/** Every bound of the bridge: name, unit, value and why. */

/** Output that a process may have unread: what can be replayed after a cut, and where it is paused. */
export const OUTPUT_RING_BYTES = 1024 * 1024;
/** The ring starts small: most processes print little. */
export const OUTPUT_RING_START_BYTES = 8 * 1024;
/** Turns between stdout and stderr kept in one ring, so that one-byte writes cannot grow its index without end. */
export const OUTPUT_SEGMENTS_MAX = 16 * 1024;
/** Free room of the ring at which its process is paused: one read of a pipe from each of two streams must still fit. */
export const OUTPUT_RESERVE_BYTES = 160 * 1024;

/** A connection that was cut keeps its unread output (and so pauses its processes) this long. */
export const RECONNECT_GRACE_MS = 60_000;
/** An exited process can still be attached to and listed this long. */
export const EXITED_KEPT_MS = 10 * 60_000;
/** Exited processes kept at once: the oldest is forgotten first. */
export const EXITED_KEPT_MAX = 256;
/** After its main process ended, output that background children hold open is awaited this long. */
export const EXIT_DRAIN_MS = 1_000;
/** Between SIGTERM and SIGKILL for what an ended process left running. */
export const LEFTOVER_GRACE_MS = 2_000;
/** Between SIGTERM and SIGKILL when the runtime stops. */
export const STOP_GRACE_MS = 5_000;

/** How often memory and number of processes of each tree are measured. */
export const WATCHDOG_INTERVAL_MS = 500;
/** Processes of one spawned tree. A fork bomb ends here, its neighbours do not. */
export const TREE_PROCESSES_MAX = 512;
/** Open files of one process. */
export const OPEN_FILES_MAX = 4_096;
/** Part of a process's memory that V8's heap may take, the rest being buffers and code. */
export const NODE_HEAP_SHARE = 0.75;

/**
 * A message over the protocol's size (MESSAGE_BYTES_MAX) is answered with EMSGSIZE and costs its sender nothing else; one
 * over this is not taken into memory, and its connection is closed with code 1009.
 */
export const SOCKET_MESSAGE_BYTES_MAX = 32 * 1024 * 1024;
/** Connections at once; each may hold a socket buffer. */
export const CONNECTIONS_MAX = 128;
/** Bytes in a socket's send buffer above which nothing more is taken from rings and streams. */
export const SOCKET_HIGH_BYTES = 1024 * 1024;
/** Bytes in a socket's send buffer below which sending goes on. */
export const SOCKET_LOW_BYTES = 256 * 1024;
/** Answers that a client does not read: above this nothing more is read from it. */
export const SOCKET_STALL_BYTES = 8 * 1024 * 1024;
/** Requests of one connection that wait for their answer. */
export const REQUESTS_IN_FLIGHT_MAX = 256;
/** Between pings; a client that misses one whole interval is cut (and may resume). */
export const PING_INTERVAL_MS = 20_000;
/** Sessions whose input offsets one process remembers. */
export const SESSIONS_PER_PROCESS_MAX = 32;
/** Spawn answers remembered, so that a request repeated after a cut does not start a second process. */
export const SPAWN_ANSWERS_MAX = 1_024;
/** Bytes of consumed input between two acknowledgements. */
export const INPUT_ACK_BYTES = 64 * 1024;
/** Streams of one connection: ports, relayed sockets, transfers. */
export const STREAMS_MAX = 1_024;
/** How often open ports are looked for while a client watches them. */
export const PORT_POLL_MS = 250;
/** Between a file's change and its news: what a build writes together is told together. */
export const WATCH_DEBOUNCE_MS = 100;
/** Folders of one tree that are watched (the kernel's own default bound is 8192 a user on small machines). */
export const FOLDER_WATCHES_MAX = 8_000;
/** Deletions that a tree remembers for clients that come back; one that missed more gets the whole tree. */
export const REMOVALS_KEPT_MAX = 20_000;
/** Trees (root and exclusions) that the bridge keeps hashes of. */
export const SYNC_TREES_MAX = 64;
/** Objects that move between store and workspace at once. */
export const S3_PARALLEL = 8;
/** How often the bridge notes whether anything uses it. */
export const IDLE_LOOK_MS = 1_000;
