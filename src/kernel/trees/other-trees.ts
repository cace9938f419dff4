/** /web, /lib/node and /dev/pts. */
import { Errno } from '../../base/errno.ts';
import type { Kernel } from '../kernel.ts';
import { npmSettings, npmTree } from './npm.ts';
import { type DirectoryNode, folder, link, text, type TreeNode } from './node.ts';
import { openEnds } from './process-files.ts';

/** A port that something in the container listens on. */
export interface Route {
  host: string;
  port: number;
  pid: number;
}

const lines = (values: readonly string[]): string => values.map((value) => `${value}\n`).join('');

export function webTree(kernel: Kernel): DirectoryNode {
  const { id, workdir } = kernel.options;
  const routes = (): readonly Route[] => kernel.routes();
  const ports: DirectoryNode = {
    kind: 'directory',
    mode: 0o555,
    names: () => routes().map(({ port }) => String(port)),
    find(name) {
      const route = routes().find(({ port }) => String(port) === name);
      return route && text(() => `${route.pid}\n`);
    },
  };
  const processes: DirectoryNode = {
    kind: 'directory',
    mode: 0o555,
    names: () => kernel.table.all().map(({ pid }) => String(pid)),
    find: (name) => (kernel.table.get(Number(name)) ? link(`/task/${name}`) : undefined),
  };
  const container = folder({
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
  return folder({
    container: folder({ [id]: container, self: link(id) }),
    sw: folder({
      routes: text(() => lines(routes().map(({ host, port, pid }) => `${host} ${port} ${pid}`))),
    }),
  });
}

/** Node's library as readable files; the rest are the places where its tools keep theirs. */
export function libraryTree(kernel: Kernel): DirectoryNode {
  return folder({
    bin: folder({ node: link('/usr/local/bin/node') }),
    lib: new LibraryFolder(kernel.options.assets, '', () => kernel.libraryFiles),
    node_modules: folder({
      npm: npmTree(kernel.options.assets, npmSettings(kernel.options.npm, kernel.policy)),
    }),
    global: link('/usr/local/lib/node_modules'),
    cache: link('/var/cache'),
  });
}

class LibraryFolder implements DirectoryNode {
  readonly kind = 'directory';
  readonly mode = 0o555;
  readonly #assets: string;
  readonly #prefix: string;
  readonly #ids: () => readonly string[];

  constructor(assets: string, prefix: string, ids: () => readonly string[]) {
    this.#assets = assets;
    this.#prefix = prefix;
    this.#ids = ids;
  }

  names(): string[] {
    const names = new Set<string>();
    for (const id of this.#ids()) {
      if (!id.startsWith(this.#prefix)) continue;
      const [name = '', ...deeper] = id.slice(this.#prefix.length).split('/');
      names.add(deeper.length > 0 ? name : `${name}.js`);
    }
    return [...names];
  }

  find(name: string): TreeNode | undefined {
    const id = this.#prefix + name.replace(/\.js$/, '');
    if (name.endsWith('.js') && this.#ids().includes(id)) {
      const address = `${this.#assets}node/source/${id.replaceAll('/', '__')}.txt`;
      return { kind: 'file', mode: 0o444, read: () => fetchText(address) };
    }
    const prefix = `${this.#prefix}${name}/`;
    const exists = this.#ids().some((known) => known.startsWith(prefix));
    return exists ? new LibraryFolder(this.#assets, prefix, this.#ids) : undefined;
  }
}

async function fetchText(address: string): Promise<string | number> {
  const response = await fetch(address).catch(() => undefined);
  return response?.ok === true ? response.text() : -Errno.EIO;
}

export function terminalTree(kernel: Kernel): DirectoryNode {
  return {
    kind: 'directory',
    mode: 0o755,
    names: () => kernel.terminals.ids().map(String),
    find(name) {
      const slave = /^\d+$/.test(name) ? kernel.terminals.slave(Number(name)) : undefined;
      if (slave === undefined) return undefined;
      const { uid, gid } = kernel.files.credentials;
      return {
        kind: 'stream',
        mode: 0o620,
        owner: { uid, gid },
        open: (access, caller) => openEnds(kernel, slave, access, caller),
      };
    },
  };
}
