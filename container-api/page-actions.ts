/**
 * What commands in the container ask of the page (`edit`, `upload`, `backup`). Files and archives have an answer here,
 * by the browser's own dialogs; an editor is the page's own.
 */
import type { PageAnswer, UserRequest } from '../src/protocol/page-request.ts';
import { check } from './arguments/check.ts';
import * as accepted from './arguments/container.ts';
import type { FileSystemAPI } from './file-system.ts';

export interface PageActionHandlers {
  /** Shows a file, which may not be there yet. `path` is absolute. */
  edit(path: string): void | Promise<void>;
  /** Files of the user's choice, by name; undefined when they chose none. Default: the browser's dialog. */
  pickFiles(options: { multiple: boolean; accept?: string }): Promise<File[] | undefined>;
  /** Gives the user a file. Default: a download. */
  save(name: string, bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
}

/** @internal */
export interface PageActionsHost {
  readonly fs: FileSystemAPI;
  archive(path: string): Promise<Uint8Array<ArrayBuffer>>;
  unpack(bytes: Uint8Array<ArrayBuffer>, folder: string): Promise<void>;
  answer(id: number, answer: PageAnswer): void;
}

const ARCHIVES = '.tar,.zip';

export class PageActions {
  readonly #host: PageActionsHost;
  readonly #handlers: Partial<PageActionHandlers> = {};

  /** @internal */
  constructor(host: PageActionsHost) {
    this.#host = host;
  }

  /** What the page does itself; what it leaves out stays as it is. */
  handle(handlers: Partial<PageActionHandlers>): void {
    check('actions.handle', accepted.actions, handlers);
    Object.assign(this.#handlers, handlers);
  }

  /** Asks the user for files and puts them into the folder. → their names */
  async upload(folder: string): Promise<string[]> {
    check('actions.upload', accepted.plain, folder);
    const files = (await this.#pick({ multiple: true })) ?? [];
    await this.#host.fs.mkdir(folder, { recursive: true });
    for (const file of files) {
      await this.#host.fs.writeFile(`${folder}/${file.name}`, new Uint8Array(await file.arrayBuffer()));
    }
    return files.map((file) => file.name);
  }

  /** Gives the user the tree as a tar archive. → its name and size */
  async download(path: string): Promise<{ name: string; bytes: number }> {
    check('actions.download', accepted.plain, path);
    const bytes = await this.#host.archive(path);
    const name = `${path.slice(path.lastIndexOf('/') + 1) || 'container'}.tar`;
    await (this.#handlers.save ?? saveByDownload)(name, bytes);
    return { name, bytes: bytes.length };
  }

  /** Asks the user for a tar or zip archive and unpacks it into the folder. → its name, undefined when they chose none */
  async restore(folder: string): Promise<string | undefined> {
    check('actions.restore', accepted.plain, folder);
    const [file] = (await this.#pick({ multiple: false, accept: ARCHIVES })) ?? [];
    if (file === undefined) return undefined;
    await this.#host.unpack(new Uint8Array(await file.arrayBuffer()), folder);
    return file.name;
  }

  /** @internal */
  receive(id: number, request: UserRequest): void {
    void this.#carryOut(request).then(
      (text) => this.#host.answer(id, { ok: true, text }),
      (error: unknown) => {
        const { code, message } = error as { code?: unknown; message?: unknown };
        this.#host.answer(id, {
          ok: false,
          code: typeof code === 'string' ? code : 'EIO',
          message: typeof message === 'string' ? message : String(error),
        });
      },
    );
  }

  async #carryOut(request: UserRequest): Promise<string> {
    switch (request.kind) {
      case 'edit': {
        const { edit } = this.#handlers;
        if (edit === undefined)
          throw new Error(
            'this page has no editor: container.actions.handle({ edit: (path) => … }) gives it one',
          );
        await edit(request.path);
        return '';
      }
      case 'upload': {
        const names = await this.upload(request.folder);
        if (names.length === 0) throw new Error('no file was chosen');
        return names.map((name) => `${request.folder}/${name}`).join('\n');
      }
      case 'backup-export': {
        const { path, file } = request;
        if (file === undefined) {
          const { name, bytes } = await this.download(path);
          return `${name}, ${bytes} bytes`;
        }
        const bytes = await this.#host.archive(path);
        await this.#host.fs.writeFile(file, bytes);
        return `${file}, ${bytes.length} bytes`;
      }
      case 'backup-import': {
        const { folder, file } = request;
        if (file === undefined) {
          const name = await this.restore(folder);
          if (name === undefined) throw new Error('no archive was chosen');
          return `${name} unpacked into ${folder}`;
        }
        await this.#host.unpack(await this.#host.fs.readFile(file), folder);
        return `${file} unpacked into ${folder}`;
      }
    }
  }

  #pick(options: { multiple: boolean; accept?: string }): Promise<File[] | undefined> {
    return (this.#handlers.pickFiles ?? pickByDialog)(options);
  }
}

/** Rejects where the browser opens no dialog: it wants a key or a click of the user just before. */
async function pickByDialog({
  multiple,
  accept,
}: {
  multiple: boolean;
  accept?: string;
}): Promise<File[] | undefined> {
  if (!navigator.userActivation.isActive)
    throw new Error('the browser shows its file dialog only just after a key or a click in this page');
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = multiple;
  if (accept !== undefined) input.accept = accept;
  return await new Promise((resolve) => {
    input.addEventListener('change', () => resolve([...(input.files ?? [])]));
    input.addEventListener('cancel', () => resolve(undefined));
    input.click();
  });
}

function saveByDownload(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
/** Until the browser has surely begun to read it. */
const REVOKE_AFTER_MS = 60_000;
