import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** Runs a program to its end. → its output, and its exit code at the end. */
const runProgram = (source: string) =>
  run(async ({ OpenAgentsContainer }, text) => {
    const container = await OpenAgentsContainer.boot();
    await container.mount({ 'main.js': { file: { contents: text } } });
    const child = await container.spawn('node', ['main.js']);
    let output = '';
    for await (const part of child.output) output += part;
    const code = await child.exit;
    await container.teardown();
    return `${output}${code}`;
  }, source);

test('a thread works while its starter is blocked, which reads the answer without an event loop', async () => {
  const result = await runProgram(`
    const { Worker, isMainThread, workerData, MessageChannel, receiveMessageOnPort } = require('worker_threads');
    if (isMainThread) {
      const { port1, port2 } = new MessageChannel();
      const flag = new Int32Array(new SharedArrayBuffer(4));
      new Worker(__filename, { workerData: { flag, port2 }, transferList: [port2] });
      console.log(Atomics.wait(flag, 0, 0));
      console.log(receiveMessageOnPort(port1).message);
    } else {
      workerData.port2.postMessage({ pid: process.pid, map: new Map([[1, 'one']]) });
      Atomics.store(workerData.flag, 0, 1);
      Atomics.notify(workerData.flag, 0);
    }`);
  expect(result).toMatch(/^ok\n\{ pid: \d+, map: Map\(1\) \{ 1 => 'one' \} \}\n0$/);
});

test('a busy loop is terminated, and its ports are closed to the others', async () => {
  const result = await runProgram(`
    const { Worker, MessageChannel } = require('worker_threads');
    const { port1, port2 } = new MessageChannel();
    port1.on('message', () => {}).on('close', () => console.log('closed'));
    const worker = new Worker('for (;;);', { eval: true, workerData: port2, transferList: [port2] });
    worker.on('online', async () => console.log(await worker.terminate()));`);
  expect(result).toContain('1\n');
  expect(result).toContain('closed\n');
  expect(result.endsWith('0')).toBe(true);
});

test('errors, exit codes and output of a thread reach its starter', async () => {
  const result = await runProgram(`
    const { Worker } = require('worker_threads');
    const worker = new Worker('console.log("out"); throw new TypeError("bad")', { eval: true, stdout: true });
    worker.stdout.on('data', (data) => console.log('stdout', String(data).trim()));
    worker.on('error', (error) => console.log(error instanceof TypeError, error.message));
    worker.on('exit', (code) => {
      console.log('exit', code);
      new Worker('process.exit(42)', { eval: true }).on('exit', (code) => console.log('exit', code));
    });`);
  expect(result).toContain('stdout out\n');
  expect(result).toContain('true bad\nexit 1\n');
  expect(result.endsWith('exit 42\n0')).toBe(true);
});

test('ports, shared memory, broadcasts and environments between threads', async () => {
  const result = await runProgram(`
    const { Worker, isMainThread, parentPort, workerData, BroadcastChannel, MessageChannel, threadId } =
      require('worker_threads');
    if (isMainThread) {
      const channel = new BroadcastChannel('news');
      const shared = new SharedArrayBuffer(8);
      const worker = new Worker(__filename, { env: { ONLY: 'this' }, argv: ['a'], workerData: shared });
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ port2 }, [port2]);
      port1.on('message', (message) => {
        console.log(message, new Uint8Array(shared)[0]);
        channel.postMessage('enough');
        channel.close();
        port1.close();
      });
    } else {
      const channel = new BroadcastChannel('news');
      channel.onmessage = ({ data }) => {
        console.log(data);
        channel.close();
      };
      parentPort.once('message', ({ port2 }) => {
        new Uint8Array(workerData)[0] = 7;
        const big = new Uint8Array(3e6);
        port2.postMessage({ threadId, env: { ...process.env }, argv: process.argv.slice(2), big: big.length });
      });
    }`);
  expect(result).toContain("{ threadId: 1, env: { ONLY: 'this' }, argv: [ 'a' ], big: 3000000 } 7\n");
  expect(result.endsWith('enough\n0')).toBe(true);
});

test('threads share the directory of the process, and its environment where SHARE_ENV asks for it', async () => {
  const result = await runProgram(`
    const { Worker, SHARE_ENV, isMainThread, parentPort, threadId } = require('worker_threads');
    const { execFileSync } = require('child_process');
    if (isMainThread) {
      const worker = new Worker(__filename, { env: SHARE_ENV });
      process.env.LATER = 'seen';
      process.env.GONE = 'x';
      delete process.env.GONE;
      const once = () => new Promise((resolve) => worker.once('message', resolve));
      (async () => {
        console.log(await once(), process.env.FROM_THREAD, 'FROM_THREAD' in process.env);
        require('fs').mkdirSync('/tmp/below');
        process.chdir('/tmp/below');
        worker.postMessage('go on');
        console.log(await once());
        // It has answered, and waits for the next message from here on.
        await new Promise((resolve) => setTimeout(resolve, 50));
        const { idle, active, utilization } = worker.performance.eventLoopUtilization();
        console.log(idle > 0, active > 0, utilization > 0 && utilization < 1);
        await worker.terminate();
        console.log(worker.performance.eventLoopUtilization().active);
      })();
    } else {
      process.env.FROM_THREAD = 'also';
      parentPort.postMessage([process.env.LATER, process.env.GONE === undefined, Object.keys(process.env).includes('LATER')]);
      parentPort.once('message', () => {
        const child = String(execFileSync('sh', ['-c', 'pwd; echo $LATER'])).split('\\n');
        parentPort.postMessage([process.cwd(), require('fs').realpathSync('.'), ...child]);
        parentPort.on('message', () => {});
      });
    }`);
  expect(result.split('\n')).toEqual([
    "[ 'seen', true, true ] also true",
    "[ '/tmp/below', '/tmp/below', '/tmp/below', 'seen', '' ]",
    'true true true',
    '0',
    '0',
  ]);
});
