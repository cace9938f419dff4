/** /web: the container, those that its programs have made, and the ports that previews are answered from. */
import { Errno } from '../../base/errno.ts';
import type { ProcessFacts } from '../../protocol/container.ts';
import type { ChildContainer } from '../containers.ts';
import type { Kernel } from '../kernel.ts';
import { type Caller, type DirectoryNode, folder, link, text, type TreeNode } from './node.ts';

/** A port that something in the container listens on. */
export interface Route {
  host: string;
  port: number;
  pid: number;
}

const lines = (values: readonly string[]): string => values.map((value) => `${value}\n`).join('');

export function webTree(kernel: Kernel): DirectoryNode {
  const { id } = kernel.options;
  const fixed: Record<string, TreeNode> = {
    new: { kind: 'file', mode: 0o444, read: (caller) => allocate(kernel, caller) },
    self: link(id),
    [id]: ownFolder(kernel),
  };
  const containers: DirectoryNode = {
    kind: 'directory',
    mode: 0o555,
    names: () => [...Object.keys(fixed), ...kernel.containers.ids()],
    find(name) {
      if (Object.hasOwn(fixed, name)) return fixed[name];
      const child = kernel.containers.get(name);
      return child && childFolder(kernel, child);
    },
  };
  const routes = (): string => lines(kernel.routes().map(({ host, port, pid }) => `${host} ${port} ${pid}`));
  return folder({ container: containers, sw: folder({ routes: text(routes) }) });
}

/** Whoever may start any program may make a container: its programs are bounded by the container's own grants. */
async function allocate(kernel: Kernel, { process }: Caller): Promise<string | number> {
  if (process !== undefined && process.grants.spawn !== true) return -Errno.EACCES;
  const id = await kernel.containers.make();
  return typeof id === 'number' ? id : `${id}\n`;
}

function ownFolder(kernel: Kernel): DirectoryNode {
  const { workdir } = kernel.options;
  const ports = listing(
    () => kernel.routes().map(({ port }) => String(port)),
    (name) => {
      const route = kernel.routes().find(({ port }) => String(port) === name);
      return route && text(() => `${route.pid}\n`);
    },
  );
  const processes = listing(
    () => kernel.table.all().map(({ pid }) => String(pid)),
    (name) => (kernel.table.get(Number(name)) ? link(`/task/${name}`) : undefined),
  );
  return folder({
    ctl: {
      kind: 'file',
      mode: 0o200,
      owner: kernel.files.credentials,
      write: (command) => kernel.control(command.trim()),
    },
    status: text(() => `running ${kernel.table.livingCount}\n`),
    mount: link('/'),
    processes,
    ports,
    workdir: link(workdir),
  });
}

function childFolder(kernel: Kernel, child: ChildContainer): DirectoryNode {
  const { processes } = child;
  const living = (): number => processes.filter(({ state }) => state !== 'exited').length;
  const ports = child.ports.map(({ port, pid }): [string, TreeNode] => [
    String(port),
    text(() => `${pid}\n`),
  ]);
  return folder({
    ctl: {
      kind: 'file',
      mode: 0o200,
      owner: kernel.files.credentials,
      write: (command) => kernel.containers.control(child, command.trim()),
    },
    status: text(() => `running ${living()}\n`),
    mount: link(child.path),
    processes: folder(
      Object.fromEntries(
        processes.map((process) => [String(process.pid), processFolder(kernel, child, process)]),
      ),
    ),
    ports: folder(Object.fromEntries(ports)),
    workdir: link(`${child.path}${kernel.options.workdir}`),
  });
}

function processFolder(kernel: Kernel, child: ChildContainer, process: ProcessFacts): DirectoryNode {
  const { pid, ppid, pgid, state, argv, cwd } = process;
  return folder({
    pid: text(() => `${pid}\n`),
    ppid: text(() => `${ppid}\n`),
    pgid: text(() => `${pgid}\n`),
    status: text(() => `${state}\n`),
    argv: text(() => lines(argv)),
    cwd: text(() => `${cwd}\n`),
    ctl: {
      kind: 'file',
      mode: 0o200,
      owner: kernel.files.credentials,
      write: (command) => kernel.containers.signal(child, pid, command.trim()),
    },
  });
}

function listing(names: () => string[], find: (name: string) => TreeNode | undefined): DirectoryNode {
  return { kind: 'directory', mode: 0o555, names, find };
}
