/** execve(2): another program in the place of the one that asks. The process stays what it is to everyone else. */
import { Errno } from '../../base/errno.ts';
import { signalsOf } from '../../base/signals.ts';
import { ControlWord, FRESH_CONTROL_WORDS } from '../../protocol/ipc-layout.ts';
import type { DescriptorGrant, ReplaceCall } from '../../protocol/process.ts';
import { holdDescriptors, ignore } from './admit.ts';
import type { Reply } from '../calls.ts';
import { grantedEnvironment, kernelRefusal, spawnRefusal } from '../capabilities.ts';
import { type Program, resolveProgram } from './exec.ts';
import { hostedPlace } from '../hosted/programs.ts';
import { HostedIo } from '../hosted/io.ts';
import { runHosted } from '../hosted/start.ts';
import type { Kernel } from '../kernel.ts';
import { Holdings } from '../pipes/books.ts';
import type { Image, Process } from './process.ts';
import { cpuTimeUntilNow } from './cpu-time.ts';
import { ignoredBy, sendSignal } from './signals.ts';
import { roleOf, runMessage } from './start.ts';

/** Answered only if it cannot be: otherwise the caller's thread is ended while it waits. */
export function replaceProgram(kernel: Kernel, process: Process, call: ReplaceCall, reply: Reply): void {
  const program = admitted(kernel, process, call);
  if (typeof program === 'number') {
    reply(program);
    return;
  }
  const { threads } = kernel;
  const thread = program.kind === 'hosted' ? threads.takeSlot() : threads.take(roleOf(program));
  if (thread === undefined) {
    reply(-Errno.EAGAIN);
    return;
  }
  kernel.table.endThreads(process);
  const former = process.thread;
  const pending = takePending(process);
  const { cwd, descriptors } = call;
  const credentials = { ...process.credentials, umask: call.umask };
  const { argv, env, execPath } = program;
  const type = program.kind === 'wasi' ? 'wasi' : 'node';
  const image: Image = { thread, argv, env, execPath, cwd, descriptors, credentials, program: type };
  const ignored = ignoredBy(process, program, call.ignoredSignals);
  const used = cpuTimeUntilNow(kernel, process);
  process.become(image);
  for (const word of FRESH_CONTROL_WORDS) process.setWord(word, 0);
  ignore(process, ignored);
  process.setWord(ControlWord.cpuBefore, used.own);
  process.setWord(ControlWord.cpuChildren, used.children);
  keepDescriptors(kernel, process, descriptors);
  kernel.replaced(process, former);
  process.exitedItself = program.kind === 'hosted';
  if (program.kind === 'hosted') {
    const { runtime, main } = hostedPlace(kernel, program.name);
    process.runtime = runtime;
    const io = new HostedIo(kernel, process, descriptors);
    void runHosted(kernel, io, { argv, env, cwd }, main);
  } else {
    const { pid, ppid, terminal } = process;
    thread.run(runMessage(program, { pid, ppid, cwd, credentials, descriptors: [...descriptors], terminal }));
  }
  for (const signal of pending) sendSignal(kernel.table, process, signal);
}

/** The program, with the variables that the process may give it; or -errno. */
function admitted(kernel: Kernel, process: Process, call: ReplaceCall): Program | number {
  // As Linux ends all threads but the caller's, and its library lets no other thread ask.
  if (process.leader !== undefined) return -Errno.EBUSY;
  const program = resolveProgram(kernel.programFiles, call, call.search);
  if (typeof program === 'number') return program;
  const refusal = spawnRefusal(process.grants, program) ?? kernelRefusal(kernel, program);
  if (refusal !== undefined) {
    kernel.emit({ type: 'error', message: `process ${process.pid}: ${refusal}` });
    return -Errno.EACCES;
  }
  const held = call.descriptors.every(
    (grant) => grant?.kind !== 'stream' || kernel.books.holds(process.holdings, grant),
  );
  return held ? { ...program, env: grantedEnvironment(process.grants, program.env) } : -Errno.EBADF;
}

/** The new program has what it is given; everything else that the former one had is closed. */
function keepDescriptors(
  kernel: Kernel,
  process: Process,
  descriptors: readonly (DescriptorGrant | null)[],
): void {
  const before = process.holdings;
  process.holdings = new Holdings();
  const trees = descriptors.flatMap((grant) => (grant?.kind === 'tree' ? [grant.handle] : []));
  kernel.trees.closeAll(process, trees);
  holdDescriptors(
    kernel,
    process,
    descriptors.filter((grant) => grant?.kind !== 'tree'),
  );
  kernel.books.dropAll(before);
}

/** Signals that wait for the former program: the new one catches none. */
function takePending(process: Process): number[] {
  return signalsOf(process.word(ControlWord.pendingLow), process.word(ControlWord.pendingHigh));
}
