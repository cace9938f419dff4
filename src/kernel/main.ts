/** The kernel worker's entry: one container a worker, driven by the page's calls. */
import { expose } from 'comlink';
import { CONTAINER_PROTOCOL_VERSION, type KernelControl, type KernelEvent } from '../protocol/container.ts';
import { Compartments, processesOf } from './confined/compartments.ts';
import { Kernel } from './kernel.ts';
import { connectForPage } from './page/connection.ts';
import { fileCall } from './page/files.ts';
import { mountForPage, unmountForPage } from './page/mounts.ts';
import { watchForPage } from './page/watch.ts';
import { remoteCall } from './remote/page-calls.ts';
import { kill } from './process/signals.ts';
import { StoreRefused } from './files/store.ts';
import { exportForPage, unpackForPage } from './archive/page-archives.ts';
import { writeTree } from './files/tree-walk.ts';
import { SystemVolume } from './files/volume.ts';

let kernel: Kernel | undefined;
let compartments: Compartments | undefined;

function running(): Kernel {
  if (kernel === undefined) throw new Error('the kernel is not booted');
  return kernel;
}

/** Those of the programs that see only some files. */
function confined(): Compartments {
  if (compartments === undefined) {
    compartments = new Compartments(running());
    running().beside = compartments;
  }
  return compartments;
}

const control: KernelControl = {
  async boot(options, events) {
    if (options.version !== CONTAINER_PROTOCOL_VERSION) {
      throw new Error('the page and the kernel are of different builds: serve both from the same release');
    }
    const emit = (event: KernelEvent): void => events.postMessage(event);
    const library = listLibrary(options.assets);
    try {
      const volume = await SystemVolume.open(
        options,
        (message) => emit({ type: 'error', message }),
        (progress) => emit({ type: 'restored', progress }),
      );
      kernel = new Kernel(options, volume, await library, emit);
    } catch (error) {
      if (error instanceof StoreRefused) return error.failure;
      throw error;
    }
    kernel.threads.refill();
    // Its first program finds a worker that is ready.
    if (options.files !== undefined) await confined().shared();
    return undefined;
  },
  spawn: (request, port) => confined().spawn(request, port),
  file: (call) => fileCall(running(), call),
  watch: (path, recursive, port) => watchForPage(running(), path, recursive, port),
  writeTree(base, entries) {
    const made = running().volume.makeMountPoint(base);
    if (made < 0) return { ok: false, errno: made, syscall: 'mkdir', path: base };
    return writeTree(running().files, base, entries);
  },
  mount: (path, source) => mountForPage(running(), path, source),
  unmount: (path) => unmountForPage(running(), path),
  exportTree: (base, request, port) => exportForPage(running(), base, request, port),
  unpack: (base, archive, port) => unpackForPage(running(), base, archive, port),
  processes: () => [...processesOf(running()), ...confined().processes()],
  kill(pid, signal) {
    const { table } = confined().ofProcess(pid) ?? running();
    const result = kill(table, undefined, pid, signal);
    return result < 0 ? { ok: false, errno: result, syscall: 'kill' } : { ok: true, value: undefined };
  },
  ports: () => [...new Set([...running().ports, ...confined().ports()])],
  connect: (port, wire) =>
    connectForPage(
      running().ports.has(port) ? running() : (confined().ofPort(port) ?? running()),
      port,
      wire,
    ),
  previewRoute: (route) => running().previews.serve(route),
  previewSettings: (settings) => running().previews.configure(settings),
  remote: (call) => remoteCall(running().remote, call),
  answerPage: (id, answer) => running().pageRequests.answer(id, answer),
  filesMemory: () => running().volume.memory,
  adoptContainer: (id, memory) => running().containers.adopt(id, memory),
  containerChanged: (id, facts) => running().containers.changed(id, facts),
  containerClosed: (id) => running().containers.closed(id),
  routes: () =>
    [running(), ...confined().kernels()]
      .flatMap((one) => one.routes())
      .map(({ port, pid }) => ({ port, pid })),
  async shutdown() {
    await confined().close();
    await running().shutdown();
  },
};

expose(control);

/** Builtins whose source can be read below /lib/node/lib; none where the server has no list. */
async function listLibrary(assets: string): Promise<readonly string[]> {
  const response = await fetch(`${assets}node/source/index.json`).catch(() => undefined);
  return response?.ok === true ? ((await response.json()) as string[]) : [];
}
