import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const CLEAR = String.fromCharCode(27);

test('less: searches, filters, jumps, waits for a slow pipe, stops and goes on, gives the screen back', async () => {
  const screen = await run(async ({ OpenAgentsContainer, readyShell }) => {
    const container = await OpenAgentsContainer.boot();
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, at) => `line-${from + at}\n`).join('');
    await container.fs.writeFile('text', lines(1, 200));
    const press = await readyShell(container, { cols: 40, rows: 10 });
    const parts: Record<string, string> = {};
    parts['open'] = await press('less text\r', '\x1b[7mtext\x1b[27m');
    parts['search'] = await press('/line-15.\r', 'line-158', ':');
    await press('n', 'line-159', ':');
    parts['end'] = await press('G', '(END)');
    await press('/nothing\r', 'Pattern not found  (press RETURN)');
    parts['filter'] = await press('\r&-.9$\r', '-19\x1b[27m', '-99\x1b[27m', '& ');
    parts['stop'] = await press('\x1a', 'Stopped', 'ready> ');
    parts['on'] = await press('fg\r', '\x1b[?1049h', '-99\x1b[27m', '& ');
    parts['quit'] = await press('q', 'ready> ');
    parts['modes'] = await press('stty\r', 'ready> ');
    await press('(echo early; sleep 60; echo late) | less\r', '\r\x1b[Kearly');
    await press('q', '\x1b[?1049l');
    await press('\x03', 'ready> ');
    parts['more'] = await press('seq 30 | more\r', '--More--');
    await press('   ', '(END)');
    await press('q', 'ready> ');
    await container.teardown();
    return parts;
  });
  expect(screen['open']).toContain('line-1');
  expect(screen['search']).toContain(`${CLEAR}[7mline-150${CLEAR}[27m`);
  expect(screen['end']).toContain('line-192');
  expect(screen['filter']).not.toContain('line-20');
  for (const left of ['stop', 'quit']) expect(screen[left]).toContain(`${CLEAR}[?1049l`);
  expect(screen['on']).toContain('less text');
  expect(screen['modes']).not.toContain('-icanon');
  expect(screen['more']).toContain('1\r\n2\r\n3\r\n');
});

test('top and watch draw, are asked for things by keys, and end by ^C with the screen given back', async () => {
  const screen = await run(async ({ OpenAgentsContainer, readyShell }) => {
    const container = await OpenAgentsContainer.boot();
    const press = await readyShell(container, { cols: 90, rows: 20 });
    const parts: Record<string, string> = {};
    const job = await press('sleep 1000 &\r', '[1] ', 'ready> ');
    const pid = /\[1\] (\d+)/.exec(job)?.[1] ?? '';
    parts['top'] = await press('top\r', 'COMMAND', 'sleep');
    await press('k', 'PID to signal/kill');
    await press(`${pid}\r`, `Send pid ${pid} signal`);
    await press('\r', 'COMMAND');
    parts['end'] = await press('q', 'Terminated', 'ready> ');
    parts['watch'] = await press(
      'watch -n 0.2 "cat count; echo x >> count"\r',
      'Every 0.2s: ',
      'x\x1b[m\r\r\n\x1b[Kx',
    );
    parts['watched'] = await press('\x03', 'ready> ');
    await container.teardown();
    return parts;
  });
  expect(screen['top']).toContain('Tasks: 3 total');
  for (const left of ['end', 'watched']) expect(screen[left]).toContain(`${CLEAR}[?1049l`);
});
