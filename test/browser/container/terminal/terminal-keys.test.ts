import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

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

test('stty sets sizes, keys and modes, which the shell keeps; a program that was killed leaves none of its own', async () => {
  const screen = await run(async ({ OpenAgentsContainer, readyShell }) => {
    const container = await OpenAgentsContainer.boot();
    const press = await readyShell(container, { cols: 80, rows: 24 });
    await press('stty rows 33 cols 99; stty size; node -p process.stdout.columns\r', '33 99', '99\x1b[39m');
    await press('stty intr ^G erase @; stty\r', 'intr = ^G; erase = @;');
    await press('echo go-$((1 + 1)); cat\r', 'go-2');
    await press('ab@c\r', '\r\nac\r\n');
    await press('\x07', '\x1b[?2004h');
    await press('echo "status $?"\r', 'status 130', '\x1b[?2004h');
    await press(
      'stty ixoff || echo refused\r',
      'unable to perform all requested operations',
      '\nrefused',
      '\x1b[?2004h',
    );
    await press('echo go-$((1 + 2)); cat\r', 'go-3');
    await press('on\r', 'on\r\non\r\n');
    await press('\x13held\r');
    await press('\x11', 'held\r\nheld\r\n');
    await press('\x07', '\x1b[?2004h');
    await press('stty -ixon; echo go-$((1 + 3)); cat; stty ixon\r', 'go-4');
    await press('\x13seen\r', '^Sseen\r\n\x13seen');
    await press('\x07', '\x1b[?2004h');
    const raw = 'process.stdin.setRawMode(true); process.kill(process.pid, 9)';
    await press(`stty sane; node -e "${raw}"\r`, 'Killed', '\x1b[?2004h');
    const modes = await press(
      'stty -a; stty -echo\r',
      'isig icanon iexten echo ',
      'intr = ^C;',
      '\x1b[?2004h',
    );
    const hidden = await press('echo un-$((20 + 3))-seen\r', 'un-23-seen');
    await container.teardown();
    return { modes, hidden };
  });
  expect(screen.modes).toContain(' icrnl ');
  expect(screen.hidden).not.toContain('echo un');
});

test('Control-C gives up the rest of a line: a loop of the shell itself, of what it starts, a function, a substitution', async () => {
  const screen = await run(async ({ OpenAgentsContainer, readyShell }) => {
    const container = await OpenAgentsContainer.boot();
    const press = await readyShell(container, { cols: 80, rows: 24 });
    let shown = '';
    for (const line of [
      'while :; do :; done',
      'while :; do sleep 1000; done',
      'f() { sleep 1000; echo inner; }; f && echo then || echo else',
      'sleep 1000 | cat',
      'x=$(sleep 1000)',
      'read x',
    ]) {
      await press(`echo go-$((1 + 1)); ${line}; echo $((6 * 7))-follows\r`, 'go-2');
      shown += await press('\x03', 'ready> ');
      shown += await press('echo "status $?"\r', 'status 130', 'ready> ');
    }
    // A trap of its own takes ^C instead.
    await press('trap "echo trapped" INT; echo go-$((1 + 1)); while :; do :; done\r', 'go-2');
    await press('\x03', '^Ctrapped');
    await container.teardown();
    return shown;
  });
  expect(screen).not.toMatch(/follows|inner|then|else/);
});

test('Control-C ends what the prompt of node evaluates and leaves the prompt; code that cannot be interrupted, a second one ends', async () => {
  const shown = await run(async ({ OpenAgentsContainer, readyShell }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('busy.js', 'process.stdout.write("spin" + "ning"); for (;;);');
    const press = await readyShell(container, { cols: 80, rows: 24 }, { NODE_NO_READLINE: '1' });
    await press('node\r', '> ');
    await press(
      'let n = 20; process.stdout.write("go" + "ing"); for (;;) { try { n++ } catch {} }\r',
      'going',
    );
    const interrupted = await press('\x03', 'interrupted by', '> ');
    const kept = await press('function f() { for (;;) n = 21; }; String(f)\r', 'n = 21; }', '> ');
    const counted = await press('n = 21, process.stdout.write("call" + "ed"), f()\r', 'called')
      .then(() => press('\x03', 'interrupted by', '> '))
      .then(() => press('n * 2\r', '42'));
    await press('require("./busy.js")\r', 'spinning');
    await press('\x03', '^C');
    const ended = await press('\x03', 'ready> ');
    await container.teardown();
    return { interrupted, kept, counted, ended };
  });
  expect(shown.interrupted).toContain('Script execution was interrupted by `SIGINT`');
  expect(shown.kept).not.toContain('$');
});
