import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a terminal: echo, edited lines, size, raw mode, ^C, end of input', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const program = `
      const { stdin, stdout } = process;
      console.log(stdin.isTTY, stdout.isTTY, stdout.columns, stdout.rows, process.env.TERM);
      process.on('SIGINT', () => console.log('interrupted'));
      stdout.on('resize', () => console.log('size', stdout.columns, stdout.rows));
      stdin.setEncoding('utf8');
      stdin.on('data', (text) => {
        console.log(JSON.stringify(text));
        if (text === 'raw\\n') { stdin.setRawMode(true); console.log('is raw'); }
        if (text === 'q') { stdin.setRawMode(false); console.log('is cooked'); }
      });
      stdin.on('end', () => console.log('ended'));`;
    const process = await container.spawn('node', ['-e', program], {
      terminal: { cols: 100, rows: 30 },
      env: { NO_COLOR: 1 },
    });
    const input = process.input.getWriter();
    let screen = '';
    const shows = new Map<string, () => void>();
    const reading = (async () => {
      for await (const text of process.output) {
        screen += text;
        for (const [wanted, found] of shows) if (screen.includes(wanted)) found();
      }
    })();
    const until = (wanted: string) =>
      new Promise<void>((resolve, reject) => {
        if (screen.includes(wanted)) resolve();
        shows.set(wanted, resolve);
        setTimeout(() => reject(new Error(`no ${wanted} on the screen: ${screen}`)), 10_000);
      });
    await until('xterm-256color');
    await input.write('helo\x7flo\r');
    await until('"hello\\n"');
    await input.write('\x03');
    await until('interrupted');
    process.resize({ cols: 120, rows: 40 });
    await until('size 120 40');
    await input.write('raw\r');
    await until('is raw');
    await input.write('q');
    await until('is cooked');
    await input.write('\x04');
    await until('ended');
    const code = await process.exit;
    await reading;
    await container.teardown();
    return { code, screen };
  });
  expect(result.code).toBe(0);
  expect(result.screen.replaceAll('\r\n', '\n')).toBe(
    [
      'true true 100 30 xterm-256color',
      'helo\b \blo',
      '"hello\\n"',
      '^Cinterrupted',
      'size 120 40',
      'raw',
      '"raw\\n"',
      'is raw',
      '"q"',
      'is cooked',
      'ended',
      '',
    ].join('\n'),
  );
});

test('openTerminal wires keys, screen, size and end; closing it hangs up', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    let key: (data: string) => void = () => undefined;
    let screen = '';
    const disposable = { dispose: () => undefined };
    const xterm = {
      cols: 80,
      rows: 24,
      write(data: string | Uint8Array, drawn?: () => void) {
        screen += typeof data === 'string' ? data : new TextDecoder().decode(data);
        drawn?.();
      },
      onData(listener: (data: string) => void) {
        key = listener;
        return disposable;
      },
      onResize: () => disposable,
    };
    const args = [
      '-e',
      'console.log("ready"); process.stdin.on("data", (d) => { console.log("got " + d); process.exit(3); })',
    ];
    const session = await container.openTerminal(xterm, { command: 'node', args });
    while (!screen.includes('ready')) await new Promise((resolve) => setTimeout(resolve, 5));
    key('yes\r');
    const code = await session.exit;
    const second = await container.openTerminal(xterm, {
      command: 'node',
      args: ['-e', 'console.log("again"); setInterval(() => {}, 1000)'],
    });
    while (!screen.includes('again')) await new Promise((resolve) => setTimeout(resolve, 5));
    second.close();
    const hungUp = await second.exit;
    await container.teardown();
    return { code, screen, hungUp };
  });
  expect(result.code).toBe(3);
  expect(result.screen).toContain('yes\r\ngot yes');
  expect(result.hungUp).toBe(129);
});
