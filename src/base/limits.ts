/** Every bound of the system: name, unit, value and why. A queue without a line here is a bug. */

/** Bytes a pipe buffers before its writer waits: Linux's default (pipe(7)). */
export const PIPE_BUFFER_BYTES = 64 * 1024;

/** Writes to a pipe up to this size are atomic (POSIX PIPE_BUF on Linux). */
export const PIPE_ATOMIC_BYTES = 4096;

/** Longest path in bytes, its terminating NUL counted (Linux PATH_MAX). */
export const PATH_MAX_BYTES = 4096;

/** Longest file name in bytes (Linux NAME_MAX). */
export const NAME_MAX_BYTES = 255;

/** Symbolic links followed in one path walk before ELOOP (Linux MAXSYMLINKS). */
export const SYMLINKS_MAX = 40;

/** Names one inode may have (ext4's limit). */
export const LINKS_MAX = 65_000;

/** Bytes of a command's output on the way from the page to `oac` before the page waits: keeps a local socket busy. */
export const COMMAND_LINE_OUTPUT_WINDOW_BYTES = 4 * 1024 * 1024;

/** Bytes of input on the way from `oac` to a command before `oac` stops reading its own stdin. */
export const COMMAND_LINE_INPUT_WINDOW_BYTES = 1024 * 1024;

/** How long a headless browser may take until its page answers, before it counts as failed: a cold, loaded machine. */
export const BROWSER_START_TIMEOUT_MS = 60_000;

/** How long a command's output is quiet after its exit before `oac` ends, though children still hold its pipes. */
export const OUTPUT_LINGER_MS = 1000;
/** Process slots of a container: one control block each, spares and dying threads counted. */
export const PROCESS_SLOTS = 512;

/** Pipe rings of a container; a tty and a socket pair take two. The IPC memory grows up to this many. */
export const PIPES_MAX = 4096;

/**
 * Bytes of one control block in the IPC memory: its words, a bit for each pipe ring, the mailbox of synchronous kernel
 * calls, the table of descriptors.
 */
export const CONTROL_BLOCK_BYTES = 20 * 1024;

/** Descriptors of a process that others can see, in /proc/N/fd and /task/N/fd: the lowest. Two words each. */
export const DESCRIPTORS_SHOWN = 512;

/** Words (32 bits) at the head of a control block; a bit for each pipe ring follows, and the mailbox. */
export const CONTROL_WORDS = 64;

/** Longest answer of one synchronous kernel call. Calls that can return more are asked in pieces. */
export const MAILBOX_BYTES =
  CONTROL_BLOCK_BYTES - (CONTROL_WORDS + 2 * DESCRIPTORS_SHOWN) * 4 - PIPES_MAX / 8;

/** Pipe rings by which the IPC memory grows at a time (about 1 MB). */
export const PIPES_GROWTH = 16;

/** Descriptors on their way through one pipe that its reader has not taken yet (Linux SCM_MAX_FD). */
export const PASSED_DESCRIPTORS_MAX = 253;

/** Tries before a thread that may not block gives up on a pipe's lock; its holder copies at most 64 KB. */
export const LOCK_SPINS = 400;

/** Longest single futex wait, in ms: a wake-up that was lost to a race costs no more than this. */
export const WAIT_SLICE_MS = 250;

/** Open descriptors of one process before EMFILE (ulimit -n). */
export const DESCRIPTORS_MAX = 4096;

/** Bytes of argv and env together before E2BIG (Linux ARG_MAX). */
export const ARGUMENTS_MAX_BYTES = 2 * 1024 * 1024;

/** Interpreters followed by one exec, each naming the next by `#!` (Linux BINPRM limit). */
export const SHEBANG_DEPTH_MAX = 4;

/** Bytes of a file's head that exec reads to find its interpreter (Linux BINPRM_BUF_SIZE). */
export const EXEC_HEAD_BYTES = 256;

/** Bytes that a command of the userland collects before it writes: one full pipe buffer. */
export const OUTPUT_BUFFER_BYTES = 64 * 1024;

/** Bytes that a command of the userland reads at once. */
export const INPUT_CHUNK_BYTES = 64 * 1024;

/** Bytes that `sort` holds of one input: its lines are strings in memory, about three times that. */
export const SORT_INPUT_MAX_BYTES = 256 * 1024 * 1024;

/** Bytes of a tar archive's extended header: names are short, but pax may bring attributes along. */
export const TAR_EXTENDED_MAX_BYTES = 1024 * 1024;

/** How long a thread whose process is over may take to unwind before it is terminated, in ms. */
export const THREAD_GRACE_MS = 60;

/** How long it may take to let go of a lock of the file system: no longer than one change, on a loaded machine. */
export const LOCK_GRACE_MS = 3000;

/** When a process is buried again whose burial needed a lock of another that is being ended, in ms. */
export const BURIAL_RETRY_MS = 4;

/** Booted spare workers of a container: one spawn at once, and one while the next boots. */
export const SPARE_THREADS = 2;

/** How long a program that was just started has the processor before the next spare boots, in ms; its end comes first. */
export const SPARE_DELAY_MS = 60;

/** Booted spares for worker_threads, once a program has started one. */
export const THREAD_SPARES = 1;

/** Spares for commands of the userland: the shell's next command, and one beside it in a pipeline. */
export const USERLAND_SPARES = 2;

/** Commands that one worker runs, one after the other, before it is ended: what a leak of theirs could grow to is bounded. */
export const USERLAND_LIVES_MAX = 200;

/** Processes of a container alive at one time, unless its limits say otherwise. */
export const PROCESSES_DEFAULT = 128;

/** Bytes of a process's output that may be under way to the page, a stream; its pipe holds 256 KB more. */
export const OUTPUT_WINDOW_BYTES = 1024 * 1024;

/** Read output after which the page says so to the kernel: a quarter of the window, so that neither waits for the other. */
export const OUTPUT_CREDIT_BYTES = OUTPUT_WINDOW_BYTES / 4;

/**
 * Pipe buffers that an output stream to the page takes the place of: of one alone, its writer and the kernel would wait
 * for each other with every 64 KB.
 */
export const PAGE_OUTPUT_SPAN = 4;

/** Largest chunk that the kernel reads from a pipe at a time for the page. */
export const OUTPUT_CHUNK_BYTES = PAGE_OUTPUT_SPAN * PIPE_BUFFER_BYTES;

/** Bytes kept of output that nobody has asked for yet; older output is dropped. */
export const UNREAD_OUTPUT_BYTES = 1024 * 1024;

/** How soon the kernel tries a pipe again whose lock another thread holds, in ms. */
export const LOCK_RETRY_MS = 1;

/** File data of a container, unless its limits say otherwise. */
export const STORAGE_DEFAULT_BYTES = 1024 * 1024 * 1024;

/** Longest line that a terminal in cooked mode edits, its newline counted (Linux MAX_CANON in practice). */
export const TERMINAL_LINE_MAX_BYTES = 4096;

/** Command lines that an interactive shell remembers (bash's HISTFILESIZE is 500). */
export const HISTORY_MAX = 1000;

/** Changes of a line that its editor can take back, and killed texts that it can yank (readline keeps 10 of these). */
export const EDIT_UNDO_MAX = 500;
export const KILL_RING_MAX = 10;

/** First and last port given to sockets that name none (Linux's net.ipv4.ip_local_port_range). */
export const EPHEMERAL_PORT_FIRST = 32_768;
export const EPHEMERAL_PORT_LAST = 60_999;

/** Largest datagram: 65,535 bytes of an IPv4 packet without its headers, and a record's own head in one ring. */
export const DATAGRAM_MAX_BYTES = 65_472;

/** Status line and headers of a previewed server's response, and each line of its chunk framing. */
export const PREVIEW_HEAD_MAX_BYTES = 128 * 1024;

/** Bytes of a preview's body, or of a frame's WebSocket, that may be under way between the kernel and its reader. */
export const PREVIEW_WINDOW_BYTES = 1024 * 1024;

/** A request body up to this size is sent with its length; a longer one is streamed in chunks of HTTP's framing. */
export const PREVIEW_WHOLE_BODY_BYTES = 64 * 1024;

/** Connections of a container's previews to its servers at one time; further requests wait. */
export const PREVIEW_CONNECTIONS_MAX = 128;

/** Kept-alive connections to one port that wait for the next request. */
export const PREVIEW_IDLE_CONNECTIONS_MAX = 8;

/** How long a kept-alive connection waits for the next request: less than Node's own keepAliveTimeout of 5 s. */
export const PREVIEW_IDLE_MS = 4000;

/** How long the service worker waits for the page of a container to answer, before it says that there is none. */
export const PREVIEW_HANDSHAKE_MS = 5000;
/** How long a page that runs a container counts as open without being looked for: a look asks the browser's process. */
export const PREVIEW_TRUSTED_MS = 1000;

/** Largest message on a WebSocket of a preview, or of a program to another host. */
export const SOCKET_MESSAGE_MAX_BYTES = 64 * 1024 * 1024;

/** Cookies kept for one server, and the bytes of one (RFC 6265, section 6.1, asks for at least 50 and 4096). */
export const COOKIES_PER_SERVER_MAX = 180;
export const COOKIE_MAX_BYTES = 4096;

/** Bytes of an HTML document that are looked at for the place of the preview's script. */
export const PREVIEW_HTML_HEAD_BYTES = 64 * 1024;
/** A document's rest waits so long for its first script to be asked for. */
export const PREVIEW_DOCUMENT_HELD_MS = 1000;

/** A queue of messages between two threads at first, and at most: what does not fit goes by the browser's own channel. */
export const MESSAGE_QUEUE_BYTES = 16 * 1024;
export const MESSAGE_QUEUE_MAX_BYTES = 32 * 1024 * 1024;

/** Larger messages between threads go by the browser's channel, which moves their buffers instead of copying. */
export const MESSAGE_COPY_MAX_BYTES = 1024 * 1024;

/** After this long a queue's lock is taken from whoever holds it: its thread was ended meanwhile, in ms. */
export const MESSAGE_LOCK_MAX_MS = 1000;

/** How long a server of a mounted file system may take for one answer: a program waits for it meanwhile. */
export const HTTP_TIMEOUT_MS = 30_000;

/** Bytes of unpacked zip entries kept while they are read piece by piece. */
export const ZIP_CACHE_BYTES = 32 * 1024 * 1024;

/** Bytes of an archive that are read at once while its headers are looked at one after the other. */
export const READ_AHEAD_BYTES = 1024 * 1024;

/** Bytes of an archive that is being made, or of files that are being read for it, on their way in one piece. */
export const ARCHIVE_CHUNK_BYTES = 1024 * 1024;

/** Pieces of an archive that may be under way between the kernel and the page. */
export const ARCHIVE_CHUNKS_MAX = 8;

/** How long work on a whole tree keeps the kernel from everything else, in ms. */
export const TREE_TURN_MS = 8;

/** Entries of zip archives up to this size are packed and unpacked at once; larger ones as a stream, by the browser. */
export const ZIP_WHOLE_BYTES = 1024 * 1024;

/** Entries of one archive: more is taken for an attack. */
export const ARCHIVE_ENTRIES_MAX = 1_000_000;

/** Largest file that is unpacked from a zip archive: it must fit in memory. */
export const ZIP_ENTRY_BYTES_MAX = 1024 * 1024 * 1024;

/** Names of other hosts that a container may look up, each given an address: half of 198.18.0.0/15. */
export const GATEWAY_NAMES_MAX = 65_536;

/** How long the container's name server waits for the one outside, in ms, and the largest answer that it passes on. */
export const DNS_TIMEOUT_MS = 5000;
export const DNS_ANSWER_BYTES_MAX = 32 * 1024;

/** Ended attempts to connect through the external runtime whose program has not asked how they ended. */
export const RELAY_OUTCOMES_MAX = 1024;

/** Longest head of a request to another host (what servers commonly take). */
export const GATEWAY_HEAD_BYTES = 64 * 1024;

/** Request bodies up to this size are collected and sent with their length; longer ones are streamed. */
export const GATEWAY_BUFFERED_BODY_BYTES = 16 * 1024 * 1024;

/** Bytes that a WebSocket to another host may have unsent before its program is held up, and how often that is looked at. */
export const OUTSIDE_SOCKET_UNSENT_BYTES = 1024 * 1024;
export const OUTSIDE_SOCKET_POLL_MS = 5;

/** Bytes of received messages that a program has not read: beyond that the WebSocket is given up. */
export const OUTSIDE_SOCKET_QUEUE_BYTES = 128 * 1024 * 1024;

/** How often the kernel looks at processes that are bounded in time, in ms: a bound is kept within two of these. */
export const BOUNDS_SAMPLE_MS = 25;

/** Processor time left to a program that catches SIGXCPU, in ms. */
export const CPU_GRACE_MS = 1000;

/** How long a store may still be held by a page that is being left, and how often that is looked at, in ms. */
export const STORE_HANDOVER_MS = 2500;
export const STORE_RETRY_MS = 25;

/** How often a container asks the one that has a store for a view of it: that one may still be booting. */
export const STORE_VIEW_ASK_MS = 250;

/** Tasks made by reading /task/new that nobody has closed; the oldest ended ones make room for new ones. */
export const TASKS_MAX = 256;

/** Folders bound by tasks at one time. */
export const BINDS_MAX = 256;

/** Containers that the programs of one container have made and not closed; those make none of their own. */
export const CHILD_CONTAINERS_MAX = 4;

/** Bytes that the own tree of programs with `capabilities.filesystem` may hold: what they keep in /tmp, mostly. */
export const CONFINED_STORAGE_BYTES = 512 * 1024 * 1024;

/** Refusals of files that are told of one such set of programs: they may try every name. */
export const FILE_REFUSALS_TOLD_MAX = 256;

/** Files of the control trees that one process may have open. */
export const TREE_FILES_MAX = 256;

/** Files that the streams of a page hold open at one time. */
export const PAGE_OPEN_FILES_MAX = 4096;
/** From a change in the project, or on the external runtime, to the sync that carries it over. */
export const REMOTE_SYNC_DELAY_MS = 150;
/** How long the external runtime may be out of reach before a program that runs there says so, in ms. */
export const REMOTE_OUTAGE_MS = 2000;

/** How long the end of a container waits for the external runtime to take leave, in ms. */
export const REMOTE_FAREWELL_MS = 2000;

/** How long the end of `oac` waits until its store is on disk, in ms: a slow disk, a large write. */
export const STORE_FAREWELL_MS = 60_000;

/** Ranges that may be locked of one file: SQLite takes three a connection. */
export const FILE_LOCKS_MAX = 4096;

/** How long a program waits before what its start left behind is collected, in ms: it is not about to go on. */
export const TRIM_IDLE_MS = 1000;

/** Until when after its start, in ms: later its heap may be large, and V8 has collected by itself. */
export const TRIM_START_MS = 5000;

/** How long a thread looks for what is about to come before it sleeps, in ms: about what a sleep and its wake-up cost both sides. */
export const LINGER_MS = 0.15;

/** Looks between two readings of the clock: some 2 µs. */
export const LINGER_LOOKS = 32;

/** Times in a row that it may be in vain before it is left alone. */
export const LINGER_CREDIT_MAX = 4;

/** Sleeps that are shorter are a sign that it may pay, in ms: the wake-up is part of them. */
export const LINGER_SLEEP_MS = 0.5;

/** Such signs that are waited for at most before it is tried again. */
export const LINGER_SLEEPS_MAX = 64;
