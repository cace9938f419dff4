/** Containers that programs of a container make (/web/container/new): the page boots them and carries news between the kernels. */
import type { ContainerRequest, PageAnswer } from '../src/protocol/page-request.ts';
import type { KernelCalls } from './kernel-link.ts';

/** What of a container is used here. */
export interface Child {
  readonly id: string;
  readonly calls: KernelCalls;
  spawn(command: string, args: string[], options: { output: false }): Promise<unknown>;
  /** Calls back when a process or a port comes or goes. */
  onChange(listener: () => void): void;
  readonly closed: Promise<void>;
  teardown(): Promise<void>;
}

export interface ChildHost {
  readonly calls: KernelCalls;
  boot(): Promise<Child>;
}

export class ChildContainers {
  readonly #host: ChildHost;
  readonly #children = new Map<string, Child>();
  #closing = false;

  constructor(host: ChildHost) {
    this.#host = host;
  }

  receive(id: number, request: ContainerRequest): void {
    const { calls } = this.#host;
    void this.#carryOut(request).then(
      (text) => calls.answerPage(id, { ok: true, text }),
      (error: unknown) => {
        const { code, message } = error as { code?: unknown; message?: unknown };
        const answer: PageAnswer = { ok: false, code: String(code), message: String(message) };
        return calls.answerPage(id, answer);
      },
    );
  }

  /** With the container that they are of. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#children.values()].map((child) => child.teardown()));
  }

  async #carryOut(request: ContainerRequest): Promise<string> {
    if (request.action === 'boot') return this.#boot();
    const child = this.#children.get(request.id);
    if (child === undefined) throw Object.assign(new Error('the container is gone'), { code: 'ESRCH' });
    switch (request.action) {
      case 'close':
        await child.teardown();
        return '';
      case 'start':
        await child.spawn('/bin/sh', ['-c', request.commandLine], { output: false });
        return '';
      case 'signal': {
        const outcome = await child.calls.kill(request.pid, request.signal);
        if (!outcome.ok) throw Object.assign(new Error('no such process'), { code: 'ESRCH' });
        await this.#tell(child); // to stop and to go on are no events
        return '';
      }
    }
  }

  async #boot(): Promise<string> {
    const { calls, boot } = this.#host;
    const child = await boot();
    const { id } = child;
    this.#children.set(id, child);
    void child.closed.then(() => {
      this.#children.delete(id);
      return this.#closing ? undefined : calls.containerClosed(id);
    });
    const adopted = this.#closing ? -1 : await calls.adoptContainer(id, await child.calls.filesMemory());
    if (adopted < 0) {
      await child.teardown();
      throw Object.assign(new Error('its files cannot be mounted'), { code: 'EIO' });
    }
    child.onChange(() => void this.#tell(child));
    return id;
  }

  /** The facts as they are now, whatever the event was. */
  async #tell({ id, calls }: Child): Promise<void> {
    const [processes, ports] = await Promise.all([calls.processes(), calls.routes()]);
    if (this.#children.has(id)) await this.#host.calls.containerChanged(id, { processes, ports });
  }
}
