/** /usr/lib/node/node_modules/npm: the files of the bundled npm, fetched when they are first read, and the settings it starts with. */
import { Errno } from '../../base/errno.ts';
import type { NpmBoot } from '../../protocol/container.ts';
import { NPM_FILES, NPM_SETTINGS_FILE } from '../../protocol/npm.ts';
import type { NetworkPolicy } from '../net/policy.ts';
import { type Content, folder, type DirectoryNode, type TreeNode } from './node.ts';

export function npmTree(assets: string, settings: () => Promise<string | number>): DirectoryNode {
  const known = new Map<string, Promise<Content | number>>();
  const read = (name: string): Promise<Content | number> => {
    const content = known.get(name) ?? fetchBytes(`${assets}npm/${name}`);
    known.set(name, content);
    void content.then((result) => {
      // A failure is not remembered: the next read may find the server again.
      if (typeof result === 'number') known.delete(name);
    });
    return content;
  };
  const build = (names: readonly string[], prefix: string): Record<string, TreeNode> => {
    const entries: Record<string, TreeNode> = {};
    for (const name of names) {
      const [first = '', ...deeper] = name.split('/');
      if (deeper.length === 0) {
        entries[first] = { kind: 'file', mode: 0o555, read: () => read(prefix + name) };
      } else if (!(first in entries)) {
        const below = names.filter((other) => other.startsWith(`${first}/`));
        entries[first] = folder(
          build(
            below.map((other) => other.slice(first.length + 1)),
            `${prefix}${first}/`,
          ),
        );
      }
    }
    return entries;
  };
  return folder({
    ...build(NPM_FILES, ''),
    [NPM_SETTINGS_FILE]: { kind: 'file', mode: 0o444, read: settings },
  });
}

/**
 * This npm comes and goes with the container. Of packages that are compiled for a processor, and name it, it takes the
 * build for WebAssembly, whatever `process.arch` says.
 */
const OWN_SETTINGS = 'update-notifier=false\ncpu=wasm32\n';

/**
 * npm's settings file. Where the registry's address must be asked for, it is asked once, when npm first reads this; its
 * host may be reached from then on.
 */
export function npmSettings(boot: NpmBoot, policy: NetworkPolicy): () => Promise<string | number> {
  let registry: Promise<string | undefined> | undefined;
  return async () => {
    registry ??= boot.registry === undefined ? ask(boot.registryFrom) : Promise.resolve(boot.registry);
    const address = await registry;
    if (address === undefined) return OWN_SETTINGS;
    policy.grantRegistry(new URL(address).hostname);
    return `${OWN_SETTINGS}registry=${address}\n`;
  };
}

async function ask(address: string | undefined): Promise<string | undefined> {
  if (address === undefined) return undefined;
  const response = await fetch(address).catch(() => undefined);
  const text = response?.ok === true ? (await response.text()).trim() : '';
  return URL.canParse(text) ? text : undefined;
}

async function fetchBytes(address: string): Promise<Uint8Array | number> {
  const response = await fetch(address).catch(() => undefined);
  return response?.ok === true ? new Uint8Array(await response.arrayBuffer()) : -Errno.EIO;
}
