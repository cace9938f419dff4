/** What a process asks of the kernel. Synchronous calls are answered in the caller's mailbox, some of them later. */
import { Errno } from '../base/errno.ts';
import { MAILBOX_BYTES } from '../base/limits.ts';
import { controlBlock, ControlWord, mailboxByteOffset } from '../protocol/ipc-layout.ts';
import type { KernelCall, ProcessToKernel } from '../protocol/process.ts';
import {
  FIRST_BACKEND_MOUNT,
  FIRST_MOUNT_HANDLE,
  type TreeCall,
  type TreeFileCall,
  type TreeMove,
} from '../protocol/trees.ts';
import { spawnChild, startThread } from './process/child.ts';
import type { Kernel } from './kernel.ts';
import type { Process } from './process/process.ts';
import { moveToRemote } from './remote/move.ts';
import { replaceProgram } from './process/replace.ts';
import { kill } from './process/signals.ts';
import type { Thread } from './process/threads.ts';

/** Writes a call's answer and wakes its caller. */
export type Reply = (result: number, payload?: unknown) => void;

export function handleMessage(kernel: Kernel, thread: Thread, message: ProcessToKernel): void {
  const process = kernel.table.bySlot(thread.slot);
  if (process === undefined || process.state === 'exited') return;
  switch (message.type) {
    case 'exit':
      process.exitedItself = true;
      kernel.table.finish(process, { code: message.code, signal: message.signal });
      return;
    case 'datagram':
      kernel.sockets.datagrams.send(process.holdings, message);
      return;
    case 'close':
      kernel.books.drop(process.holdings, message.ends);
      return;
    case 'reap': {
      const child = kernel.table.get(message.pid);
      if (child && (child.ppid === process.pid || child.ppid === process.leader?.pid))
        kernel.table.reap(child);
      return;
    }
    case 'title':
      process.title = message.title;
      return;
    case 'tty':
      kernel.terminals.changed(message.input, message.change);
      return;
    case 'tree-close':
      kernel.trees.close(message.handle, process);
      return;
    case 'call':
      handleCall(kernel, process, message.request, replyTo(kernel, process, message.sequence));
      return;
    case 'ready':
    case 'gone':
    case 'boot-failed':
  }
}

function replyTo(kernel: Kernel, process: Process, sequence: number): Reply {
  return (result, payload) => {
    if (process.state === 'exited') return;
    const { words, bytes } = kernel.memory;
    const base = controlBlock(process.slot);
    let answer = result;
    let length = 0;
    if (payload !== undefined) {
      const text =
        payload instanceof Uint8Array ? payload : new TextEncoder().encode(JSON.stringify(payload));
      if (text.length > MAILBOX_BYTES) answer = -Errno.EMSGSIZE;
      else {
        bytes.set(text, mailboxByteOffset(process.slot));
        length = text.length;
      }
    }
    Atomics.store(words, base + ControlWord.mailboxLength, length);
    Atomics.store(words, base + ControlWord.mailboxResult, answer);
    Atomics.store(words, base + ControlWord.mailboxSequence, sequence);
    Atomics.notify(words, base + ControlWord.mailboxSequence);
  };
}

function handleCall(kernel: Kernel, process: Process, request: KernelCall, reply: Reply): void {
  switch (request.call) {
    case 'spawn':
      spawnChild(kernel, process, request, reply);
      return;
    case 'replace':
      replaceProgram(kernel, process, request, reply);
      return;
    case 'cpu-limit':
      reply(...cpuLimit(kernel, process, request.cpuMs));
      return;
    case 'thread':
      startThread(kernel, process, request, reply);
      return;
    case 'pipe':
      reply(newPipe(kernel, process));
      return;
    case 'kill':
      reply(kill(kernel.table, process, request.pid, request.signal));
      return;
    case 'setpgid':
      reply(setProcessGroup(kernel, process, request.pid, request.pgid));
      return;
    case 'setsid':
      reply(setSession(kernel, process));
      return;
    case 'open-tty':
      reply(kernel.terminals.open(request.input, process));
      return;
    case 'tree':
    case 'tree-read':
    case 'tree-write':
    case 'tree-stat':
    case 'tree-sync':
    case 'tree-change':
    case 'tree-move':
      void handleTreeCall(kernel, process, request, reply);
      return;
    case 'move-to-remote':
      moveToRemote(kernel, process, request.reason, reply);
      return;
    case 'file-lock':
      reply(kernel.fileLocks.apply(process, request));
      return;
    case 'fifo':
      kernel.fifos.open(process, request, reply);
      return;
    case 'pass-descriptor':
    case 'take-descriptor':
      kernel.passed.handle(process.holdings, request, reply);
      return;
    case 'bind':
    case 'listen':
    case 'connect':
    case 'connected':
    case 'accept':
    case 'resolve':
    case 'name-of':
      kernel.sockets.handle(process.holdings, request, reply);
      return;
    case 'bind-datagram':
    case 'membership':
      kernel.sockets.datagrams.handle(process.holdings, request, reply);
      return;
  }
}

async function handleTreeCall(
  { trees }: Kernel,
  process: Process,
  request: TreeCall | TreeFileCall | TreeMove,
  reply: Reply,
): Promise<void> {
  const caller = { process, credentials: process.credentials };
  const { mounts } = trees;
  const isMounted = 'handle' in request && request.handle >= FIRST_MOUNT_HANDLE;
  const say = (answer: number | object): void =>
    typeof answer === 'number' ? reply(answer) : reply(0, answer);
  switch (request.call) {
    case 'tree':
      say(
        request.mount >= FIRST_BACKEND_MOUNT
          ? await mounts.call(request, caller)
          : trees.call(request, caller),
      );
      return;
    case 'tree-write': {
      const { handle, data, position } = request;
      reply(
        isMounted
          ? await mounts.write(handle, data, position, process)
          : await trees.write(handle, data, caller),
      );
      return;
    }
    case 'tree-read': {
      const { handle, position } = request;
      const length = Math.min(request.length, MAILBOX_BYTES);
      const bytes = isMounted
        ? await mounts.read(handle, position, length, process)
        : await trees.read(handle, position ?? 0, length, caller);
      if (typeof bytes === 'number') reply(bytes);
      else reply(bytes.length, bytes);
      return;
    }
    case 'tree-stat':
      say(await mounts.stat(request.handle, caller));
      return;
    case 'tree-sync':
      reply(await mounts.sync(request.handle, process));
      return;
    case 'tree-change':
      reply(await mounts.changeFile(request.handle, request.detail, process));
      return;
    case 'tree-move':
      reply(await mounts.move(request));
  }
}

function cpuLimit({ watchdog }: Kernel, process: Process, cpuMs: number | null): [number, unknown] {
  const result = cpuMs === null ? 0 : watchdog.limitCpu(process, cpuMs);
  const { bounds } = process.leader ?? process;
  return [result, bounds.cpuMs === Infinity ? null : bounds.cpuMs];
}

function newPipe(kernel: Kernel, process: Process): number {
  const ring = kernel.books.allocate();
  if (ring >= 0) kernel.books.hold(process.holdings, { input: ring, output: ring });
  return ring;
}

function setProcessGroup(kernel: Kernel, caller: Process, pid: number, pgid: number): number {
  if (pgid < 0) return -Errno.EINVAL;
  const process = pid === 0 ? caller : kernel.table.get(pid);
  if (process === undefined || (process !== caller && process.ppid !== caller.pid)) return -Errno.ESRCH;
  if (process.sid !== caller.sid || process.sid === process.pid) return -Errno.EPERM;
  const group = pgid === 0 ? process.pid : pgid;
  const exists = kernel.table.all().some((other) => other.pgid === group && other.sid === caller.sid);
  if (group !== process.pid && !exists) return -Errno.EPERM;
  process.pgid = group;
  return 0;
}

function setSession(kernel: Kernel, caller: Process): number {
  if (kernel.table.all().some((other) => other.pgid === caller.pid)) return -Errno.EPERM;
  caller.sid = caller.pid;
  caller.pgid = caller.pid;
  caller.terminal = null;
  return caller.pid;
}
