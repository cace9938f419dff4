/**
 * For programs written for the WebContainer API: change the import and they run. The container needs no account and asks
 * no third party, so what concerns those does nothing and says so once.
 */
import { type BootOptions, OpenAgentsContainer } from './index.ts';

export { isPreviewMessage, PreviewMessageType, reloadPreview } from './index.ts';
export type {
  BootOptions,
  ContainerProcess as WebContainerProcess,
  DirectoryNode,
  FileNode,
  FileSystemAPI,
  FileSystemTree,
  PreviewMessage,
  PreviewScriptOptions,
  SpawnOptions,
  SymlinkNode,
  Unsubscribe,
} from './index.ts';

/** Paths are as there: all of the working directory, also `/index.js`. */
export const WebContainer: { boot(options?: BootOptions): Promise<OpenAgentsContainer> } = {
  boot: (options) => OpenAgentsContainer.bootScoped(options),
};
export type WebContainer = OpenAgentsContainer;

const noted = new Set<string>();

function note(name: string): void {
  if (noted.has(name)) return;
  noted.add(name);
  console.info(`${name}: OpenAgentsContainer has no accounts and no keys; the call does nothing.`);
}

export function configureAPIKey(_key: string): void {
  note('configureAPIKey');
}

/** Always as one who is logged in: nothing asks for it. */
export const auth = {
  init(_options?: { clientId: string; scope: string; editorOrigin?: string }): { status: 'authorized' } {
    note('auth.init');
    return { status: 'authorized' };
  },
  startAuthFlow(_options?: { popup?: boolean }): void {
    note('auth.startAuthFlow');
  },
  loggedIn(): Promise<void> {
    note('auth.loggedIn');
    return Promise.resolve();
  },
  logout(_options?: { ignoreRevokeError?: boolean }): Promise<void> {
    note('auth.logout');
    return Promise.resolve();
  },
  on(_event: 'logged-out' | 'auth-failed', _listener: (reason?: unknown) => void): () => void {
    note('auth.on');
    return () => undefined;
  },
};
