import type { Server } from 'node:net';
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { RunArguments } from './arguments.ts';
import { GUEST_WORKDIR } from './arguments.ts';
import { ExitCode } from './failure.ts';
import { forwardPort } from './forward.ts';
import { requireFolder, Session } from './session.ts';
import type { Run, RunEnd } from './session.ts';
import { manifestOf, syncBack } from './sync.ts';

/** Signals that are passed on to the command instead of ending `oac`. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** The exit code that a shell would show. */
function exitCodeOf(end: RunEnd, timedOut: boolean): number {
  if (timedOut) return ExitCode.timedOut;
  if (end.signal === null) return end.code;
  const numbers: Partial<Record<string, number>> = constants.signals;
  return ExitCode.signalBase + (numbers[end.signal] ?? 0);
}

function terminalSize(): { cols: number; rows: number } {
  return { cols: process.stdout.columns, rows: process.stdout.rows };
}

/** Forwards signals while the command runs; returns the function that stops it. */
function forwardSignals(run: Run): () => void {
  const listeners = FORWARDED.map((signal) => {
    const listener = (): void => run.kill(signal);
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => listeners.forEach((stop) => stop());
}

/** A terminal is handed through raw: the container's own terminal does the line editing and the signals. */
function connectTerminal(run: Run): () => void {
  const onResize = (): void => run.resize(terminalSize());
  process.stdin.setRawMode(true);
  process.stdout.on('resize', onResize);
  return () => {
    process.stdin.setRawMode(false);
    process.stdout.off('resize', onResize);
  };
}

/** Passes a stream on until it has ended and all of it has been taken; a closed reader is not an error of ours. */
function passOn(from: NodeJS.ReadableStream, to: NodeJS.WriteStream, run: Run): Promise<void> {
  return new Promise((resolve) => {
    to.on('error', () => {
      run.kill('SIGPIPE');
      from.resume();
      resolve();
    });
    from.on('end', () => resolve());
    from.pipe(to, { end: false });
  });
}

function startTimeout(run: Run, seconds: number | undefined): { timedOut: () => boolean; stop: () => void } {
  let late = false;
  if (seconds === undefined) return { timedOut: () => false, stop: () => undefined };
  const timer = setTimeout(() => {
    late = true;
    run.kill('SIGKILL');
  }, seconds * 1000);
  return { timedOut: () => late, stop: () => clearTimeout(timer) };
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function passStreams(run: Run): Promise<RunEnd> {
  process.stdin.pipe(run.stdin);
  const [end] = await Promise.all([
    run.exited,
    passOn(run.stdout, process.stdout, run),
    passOn(run.stderr, process.stderr, run),
  ]);
  return end;
}

async function captureStreams(run: Run): Promise<RunEnd & { stdout: string; stderr: string }> {
  process.stdin.pipe(run.stdin);
  const [end, stdout, stderr] = await Promise.all([run.exited, collect(run.stdout), collect(run.stderr)]);
  return { ...end, stdout, stderr };
}

async function execute(session: Session, options: RunArguments): Promise<number> {
  const isInteractive = process.stdin.isTTY && process.stdout.isTTY && !options.json;
  const begin = performance.now();
  const run = await session.spawn(options.command, {
    args: options.args,
    env: options.env,
    cwd: options.cwd ?? options.mounts[0]?.guestDir ?? GUEST_WORKDIR,
    ...(isInteractive ? { terminal: terminalSize() } : {}),
    ...(options.allow?.files === undefined ? {} : { files: options.allow.files }),
  });
  const disconnect = [forwardSignals(run), ...(isInteractive ? [connectTerminal(run)] : [])];
  const timeout = startTimeout(run, options.timeoutSeconds);
  try {
    if (!options.json) return exitCodeOf(await passStreams(run), timeout.timedOut());
    const { signal, stdout, stderr, ...end } = await captureStreams(run);
    const exitCode = exitCodeOf({ ...end, signal }, timeout.timedOut());
    const durationMs = Math.round(performance.now() - begin);
    process.stdout.write(`${JSON.stringify({ exitCode, signal, stdout, stderr, durationMs })}\n`);
    return exitCode;
  } finally {
    timeout.stop();
    for (const stop of disconnect) stop();
    process.stdin.unpipe(run.stdin);
    process.stdin.destroy();
  }
}

/** `oac -- command`: → the exit code to end with. Throws Failure. */
export async function runCommand(options: RunArguments): Promise<number> {
  for (const mount of options.mounts) requireFolder(mount.hostDir);
  const session = await Session.open({
    ...(options.remote === undefined ? {} : { remote: options.remote }),
    ...(options.persist === undefined ? {} : { persist: options.persist }),
    ...(options.allow === undefined ? {} : { allow: options.allow.request }),
  });
  const forwards: Server[] = [];
  try {
    const manifests = options.sync
      ? options.mounts.map((mount) => ({ mount, files: manifestOf(mount.hostDir) }))
      : [];
    for (const mount of options.mounts) await session.mount(mount.hostDir, mount.guestDir);
    for (const port of options.ports) forwards.push(await forwardPort(session, port));
    const exitCode = await execute(session, options);
    for (const { mount, files } of manifests) await syncBack(session, mount, files);
    return exitCode;
  } finally {
    for (const server of forwards) server.close();
    if (options.remote !== undefined || options.persist !== undefined) await session.teardown();
    await session.close();
  }
}
