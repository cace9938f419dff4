/** /lib/node and /dev/pts. */
import { Errno } from '../../base/errno.ts';
import type { Kernel } from '../kernel.ts';
import { NPM_COMMANDS } from '../../protocol/npm.ts';
import { npmSettings, npmTree } from './npm.ts';
import { type DirectoryNode, folder, link, type TreeNode } from './node.ts';
import { openEnds } from './process-files.ts';

/** Node's library as readable files; the rest are the places where its tools keep theirs. */
export function libraryTree(kernel: Kernel): DirectoryNode {
  return folder({
    bin: folder({
      node: link('/usr/local/bin/node'),
      ...Object.fromEntries(
        NPM_COMMANDS.map(([path]) => [path.slice(path.lastIndexOf('/') + 1), link(path)]),
      ),
    }),
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
