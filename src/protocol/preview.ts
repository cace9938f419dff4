/**
 * Previews: what the service worker, the page, the kernel and a preview's frame say to each other. The service worker
 * keeps nothing that it could not ask for again: the browser stops it when it likes.
 *
 *     frame ── fetch ──► service worker ── route port ──► kernel ── pipe rings ──► server
 *     frame ◄───────────── socket port (WebSocket) ─────► kernel
 */

export const PREVIEW_PROTOCOL_VERSION = 1;

/** First segment of the path form: `/__preview/<container>/<port>/…` below the service worker's scope. */
export const PREVIEW_SEGMENT = '__preview';
/** Where a preview's frame finds the client script; answered by the service worker, below the scope. */
export const PREVIEW_CLIENT_PATH = '__preview/client.js';

/**
 * A lock that the tab which runs the container holds, from before its frames can reach it until it is gone. The
 * MessagePorts of a closed tab do not always tell.
 */
export const previewLock = (container: string): string => `openagents-preview-${container}`;

/** Pairs in the order of the wire; names may repeat. */
export type HeaderList = [name: string, value: string][];

/** Page → service worker. `port` goes to the kernel; it is transferred with the message. */
export type PageToServiceWorker =
  | { type: 'preview-route'; version: number; container: string; port: MessagePort }
  | { type: 'preview-unroute'; container: string };

/** Service worker → pages: who runs this container? Sent when the service worker has been restarted. */
export interface PreviewWanted {
  type: 'preview-wanted';
  container: string;
}

/** Service worker → page: the route is in place. */
export interface PreviewRouted {
  type: 'preview-routed';
  container: string;
}

/** Frame → service worker, to be handed to the kernel. The frame's own URL says which server is meant. */
export type FrameToServiceWorker =
  | { type: 'preview-socket'; server: PreviewServer; call: SocketOpen }
  | { type: 'preview-cookie'; server: PreviewServer; cookie: string; path: string }
  | { type: 'preview-message'; server: PreviewServer; message: PreviewReport };

export interface PreviewServer {
  container: string;
  port: number;
}

export interface SocketOpen {
  /** Path and query. */
  target: string;
  protocols: string[];
  socket: MessagePort;
}

/** What a frame reports of its errors; WebContainer's preview-message without what the page adds. */
export type PreviewReport = {
  previewId: string;
  pathname: string;
  search: string;
  hash: string;
} & (
  | { type: 'PREVIEW_UNCAUGHT_EXCEPTION'; message: string; stack: string | undefined }
  | { type: 'PREVIEW_UNHANDLED_REJECTION'; message: string; stack: string | undefined }
  | { type: 'PREVIEW_CONSOLE_ERROR'; args: unknown[]; stack: string }
);

/** Service worker → kernel, on the route port. Ports within are transferred. */
export type PreviewCall =
  | { type: 'request'; port: number; head: RequestHead; body: RequestBody; exchange: MessagePort }
  | { type: 'socket'; port: number; open: SocketOpen }
  | { type: 'cookie'; port: number; cookie: string; path: string }
  | { type: 'message'; port: number; message: PreviewReport };

export interface RequestHead {
  method: string;
  /** Path and query. */
  target: string;
  headers: HeaderList;
  /** Send the jar's cookies, and keep those of the response. */
  credentials: boolean;
}
export type RequestBody = Uint8Array<ArrayBuffer> | 'stream' | null;

export interface ResponseHead {
  status: number;
  statusText: string;
  /** Without Set-Cookie, which the kernel's jar has taken, and without the headers of HTTP's own framing. */
  headers: HeaderList;
}

/** Service worker → kernel, on an exchange's port. */
export type ToExchange =
  | { type: 'body'; chunk: Uint8Array<ArrayBuffer> }
  | { type: 'body-end' }
  /** Room for so many further bytes of the response. */
  | { type: 'credit'; bytes: number }
  | { type: 'abort' };

/** Kernel → service worker, on an exchange's port. */
export type FromExchange =
  | { type: 'head'; head: ResponseHead; page: PageExtras }
  | { type: 'data'; chunk: Uint8Array<ArrayBuffer> }
  | { type: 'end' }
  /** So many bytes of the request's body are on their way to the server. */
  | { type: 'body-taken'; bytes: number }
  /** Before the head: there is no response. After it: the response ends in the middle. */
  | { type: 'failed'; failure: PreviewFailure; message: string }
  /** The jar has changed: what document.cookie shows is now this. */
  | { type: 'cookies'; cookies: string };

export type PreviewFailure = 'refused' | 'closed' | 'protocol' | 'limit' | 'unsupported' | 'denied';

/** What an HTML document of a preview is given. */
export interface PageExtras {
  /** As document.cookie shows it. */
  cookies: string;
  script: PreviewScript | null;
  errors: ErrorForwarding;
  embedderPolicy: EmbedderPolicy;
}
export interface PreviewScript {
  source: string;
  type: 'module' | 'importmap' | 'classic';
  async: boolean;
  defer: boolean;
}
export type ErrorForwarding = 'none' | 'exceptions' | 'all';
export type EmbedderPolicy = 'require-corp' | 'credentialless' | 'none';

/** Page → kernel: how this container's previews are. */
export interface PreviewSettings {
  script: PreviewScript | null;
  errors: ErrorForwarding;
  embedderPolicy: EmbedderPolicy;
}

/** Frame → kernel, on a socket's port. */
export type ToSocket =
  | { type: 'send'; data: string | Uint8Array<ArrayBuffer> }
  | { type: 'close'; code: number | undefined; reason: string }
  /** Messages of so many bytes have been given to the page's listeners. */
  | { type: 'taken'; bytes: number };

/** Kernel → frame, on a socket's port. */
export type FromSocket =
  | { type: 'open'; protocol: string }
  | { type: 'message'; data: string | Uint8Array<ArrayBuffer>; bytes: number }
  | { type: 'sent'; bytes: number }
  | { type: 'close'; code: number; reason: string; wasClean: boolean; failed: boolean };

/** Messages of `window.postMessage` to a frame. */
export const RELOAD_REQUEST = 'openagents-container:reload';
export const RELOAD_TAKEN = 'openagents-container:reloading';
