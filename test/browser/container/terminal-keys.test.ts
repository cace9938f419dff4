import { expect, test } from 'vitest';
import { usePage } from '../harness.ts';

const { run } = usePage();

test('a program that a shell runs learns of each new size, and Control-\\ is its SIGQUIT', async () => {
  const screen = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile(
      'sizes.js',
      `process.stdout.on('resize', () => console.log('now ' + process.stdout.getWindowSize().join('x')));
       process.on('SIGQUIT', () => process.exit(3));
       console.log('size ' + process.stdout.columns);
       setInterval(() => {}, 1000);`,
    );
    const shell = await container.spawn('sh', [], { terminal: { cols: 80, rows: 24 } });
    let shown = '';
    const waiting = new Map<string, () => void>();
    const write = (text: string) => {
      shown += text;
      for (const [wanted, found] of waiting) if (shown.includes(wanted)) found();
    };
    void shell.output.pipeTo(new WritableStream({ write }));
    const until = (wanted: string) =>
      new Promise<void>((resolve) => {
        if (shown.includes(wanted)) resolve();
        waiting.set(wanted, resolve);
      });
    const input = shell.input.getWriter();
    await input.write('node sizes.js\r');
    await until('size 80');
    shell.resize({ cols: 90, rows: 30 });
    await until('now 90x30');
    shell.resize({ cols: 100, rows: 31 });
    await until('now 100x31');
    await input.write('\x1c');
    await input.write('echo "status=$?"\r');
    await until('status=3');
    await container.teardown();
    return shown;
  });
  expect(screen).toContain('^\\');
});
