import { expect, test } from 'vitest';
import { COPY_PROGRAM } from '../../../support/wasm.ts';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a WebAssembly program is a command: stdio, exit status, its place in the process table', async () => {
  const result = await run(async ({ OpenAgentsContainer }, program) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('copy.wasm', new Uint8Array(program));
    const denied = await container.exec('./copy.wasm');
    await container.fs.chmod('copy.wasm', 0o755);
    const inPipe = await container.exec('echo through | ./copy.wasm | tr a-z A-Z; echo "${PIPESTATUS[1]}"');
    const byNode = await container.exec(
      `node -p 'require("child_process").spawnSync("./copy.wasm", { input: "by node" }).stdout.toString()'`,
    );
    const running = await container.spawn('./copy.wasm');
    const type = await container.fs.readFile(`/task/${running.pid}/type`, 'utf8');
    running.kill();
    const killed = await running.exit;
    await container.fs.writeFile('broken.wasm', new Uint8Array(program.slice(0, 40)));
    await container.fs.chmod('broken.wasm', 0o755);
    const broken = await container.exec('./broken.wasm');
    await container.teardown();
    return { denied: denied.exitCode, inPipe, byNode: byNode.stdout, type, killed, broken };
  }, COPY_PROGRAM);
  expect(result).toMatchObject({
    denied: 126,
    inPipe: { stdout: 'THROUGH\n7\n' },
    byNode: 'by node\n',
    type: 'wasi\n',
    killed: 143,
    broken: { exitCode: 126, stdout: '' },
  });
  expect(result.broken.stderr).toContain('CompileError');
});
