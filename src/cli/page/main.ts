/**
 * The page that `oac` opens in headless Chromium: it boots one container and moves bytes between it and the local
 * WebSocket. The container is the public one, imported as any page would.
 */
import { COMMAND_LINE_PROTOCOL, decodeData } from '../../protocol/command-line.ts';
import type { AllowRequest, BootRequest, FromPage, PageCall, ToPage } from '../../protocol/command-line.ts';
import type * as ContainerApi from '../../../container-api/index.ts';
import type { BootOptions, OpenAgentsContainer } from '../../../container-api/index.ts';
import { PageConnection } from './page-connection.ts';
import { PageRun, type Wire } from './page-run.ts';

const socket = new WebSocket(`ws://${location.host}/session/${location.hash.slice(1)}`);
socket.binaryType = 'arraybuffer';

const runs = new Map<number, PageRun | PageConnection>();
const wire: Wire = { send, sendBytes: (frame) => socket.send(frame) };
let container: OpenAgentsContainer | undefined;

function send(message: FromPage): void {
  socket.send(JSON.stringify(message));
}

function booted(): OpenAgentsContainer {
  if (container === undefined) throw new Error('No container is booted.');
  return container;
}

async function loadApi(): Promise<typeof ContainerApi> {
  const modulePath = '/index.js';
  return (await import(modulePath)) as typeof ContainerApi;
}

/** → what there was to say of it: that a store has lost its end */
async function boot({ allow, ...options }: BootRequest): Promise<string[]> {
  const api = await loadApi();
  container = await api.OpenAgentsContainer.boot({
    ...options,
    capabilities: allow === undefined ? 'trusted' : capabilitiesOf(allow),
    corsProxy: '/relay?url=',
    // A runtime that is connected brings its own.
    ...(options.remote === undefined ? { nameServer: '/dns-query' } : {}),
    registry: { from: '/registry' },
  });
  const said: string[] = [];
  const stop = container.on('error', ({ message }) => void said.push(message));
  await Promise.resolve(); // what is held for the first listener comes at once
  stop();
  return said;
}

function capabilitiesOf({ spawn, env, ...network }: AllowRequest): NonNullable<BootOptions['capabilities']> {
  return {
    network,
    process: { ...(spawn === undefined ? {} : { spawn }), ...(env === undefined ? {} : { env }) },
  };
}

async function mount(url: string, guestDir: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`The folder could not be read: ${response.status} ${response.statusText}`);
  const archive = await response.arrayBuffer();
  await booted().mount(archive, { mountPoint: guestDir });
}

async function spawn(body: Extract<PageCall, { call: 'spawn' }>): Promise<void> {
  const { request } = body;
  keep(request.run, await PageRun.start(booted(), request, wire));
}

async function connect({ run, port }: Extract<PageCall, { call: 'connect' }>): Promise<void> {
  keep(run, new PageConnection(await booted().connect(port), run, wire));
}

function keep(number: number, run: PageRun | PageConnection): void {
  runs.set(number, run);
  void run.done.then(() => runs.delete(number));
}

async function readFile(path: string): Promise<string | null> {
  try {
    return await booted().fs.readFile(path, 'utf-8');
  } catch {
    return null;
  }
}

async function answer(body: PageCall): Promise<unknown> {
  switch (body.call) {
    case 'boot':
      return boot(body.options);
    case 'fsck':
      return (await loadApi()).OpenAgentsContainer.stores().check(body.store);
    case 'mount':
      return mount(body.url, body.guestDir);
    case 'spawn':
      return spawn(body);
    case 'connect':
      return connect(body);
    case 'writeFile':
      return booted().fs.writeFile(body.path, body.text);
    case 'readFile':
      return readFile(body.path);
    case 'makeDirectory':
      return booted().fs.mkdir(body.path, { recursive: true });
    case 'remove':
      return booted().fs.rm(body.path, { recursive: true, force: true });
    case 'teardown':
      return container?.teardown();
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'ERR_CONTAINER';
}

function receive(message: ToPage): void {
  if (message.type === 'call') {
    const { id } = message;
    answer(message.body).then(
      (value) => send({ type: 'answer', id, value: value ?? null }),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        send({ type: 'refusal', id, code: codeOf(error), message: text });
      },
    );
    return;
  }
  const run = runs.get(message.run);
  if (message.type === 'signal') run?.kill(message.signal);
  else if (message.type === 'resize') run?.resize(message.size);
  else if (message.type === 'end-input') run?.endInput();
  else run?.credit(message.stream, message.bytes);
}

socket.addEventListener('message', (event: MessageEvent<string | ArrayBuffer>) => {
  if (typeof event.data === 'string') receive(JSON.parse(event.data) as ToPage);
  else {
    const frame = decodeData(new Uint8Array(event.data));
    if (frame !== undefined) runs.get(frame.run)?.input(frame.data);
  }
});
socket.addEventListener('open', () =>
  send({ type: 'hello', version: COMMAND_LINE_PROTOCOL, crossOriginIsolated }),
);
addEventListener('error', (event) => send({ type: 'page-error', message: event.message }));
addEventListener('unhandledrejection', (event) => {
  const reason: unknown = event.reason;
  send({
    type: 'page-error',
    message: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason),
  });
});
