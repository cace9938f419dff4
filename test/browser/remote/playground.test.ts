/** The playground with an external runtime beside it, by mouse and keyboard: a real bridge, a real Chromium. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { Runtime } from '../../runtime/harness.ts';
import { openPage, type OpenedPage } from '../page.ts';

const RUNTIME = resolve(import.meta.dirname, '../../../runtime/node_modules/ws');
const [HAS_LESS, HAS_VIM, HAS_HTOP] = ['less', 'vim', 'htop'].map((name) => {
  const isThere = existsSync(`/usr/bin/${name}`);
  if (!isThere) console.warn(`SKIPPED: ${name} in a terminal window: it is not installed here`);
  return isThere;
});
if (!existsSync(RUNTIME))
  console.warn('tests of the playground are skipped: first `npm ci --prefix runtime`');

/** Waits until the newest terminal shows the text. */
async function shows(page: Page, text: string): Promise<void> {
  await page.waitForFunction((wanted) => {
    const rows = [...document.querySelectorAll('.xterm-rows')].at(-1);
    return rows?.textContent.replaceAll('\u00a0', ' ').includes(wanted) === true;
  }, text);
}

const bar = (page: Page) => page.locator('#runtime-bar');
const says = (page: Page, text: string) => bar(page).getByText(text).waitFor();

async function connect(page: Page, url: string, token: string): Promise<void> {
  await bar(page).getByText('Connect…').click();
  await page.fill('dialog input[type=url]', url);
  await page.fill('dialog input[type=password]', token);
  await page.keyboard.press('Enter');
}

async function playground(): Promise<OpenedPage> {
  const opened = await openPage({ path: 'playground/?forget' });
  await shows(opened.page, 'Node.js runs in this page.');
  return opened;
}

/** The folder of the workspace that is the container's project. */
async function remoteFolder(runtime: Runtime, page: Page): Promise<string> {
  await page.click('.xterm-screen');
  await page.keyboard.type('runtime status\n');
  await shows(page, 'offload: auto');
  const text = await page.locator('.xterm-rows').first().innerText();
  const name = /project-[0-9a-f]+/.exec(text)?.[0] ?? '';
  return join(runtime.workspace, name);
}

describe.skipIf(!existsSync(RUNTIME))('the playground with a runtime', () => {
  test('connects, offloads what is typed, shows what is not synced, opens shells there, disconnects', async () => {
    await using runtime = await Runtime.start();
    const opened = await playground();
    try {
      const { page } = opened;
      const mark = (path: string, how: string) => `.tree button[data-path="${path}"][data-sync="${how}"]`;
      await connect(page, runtime.url, 'not-the-token');
      await says(page, 'The runtime refused the token');
      await connect(page, runtime.url, runtime.token);
      await says(page, `Runtime: 127.0.0.1:${runtime.port}`);
      await page.waitForSelector(mark('hello.js', 'changed here'));

      await page.click('.xterm-screen');
      await page.keyboard.type("python3 -c \"open('made.txt', 'w').write('from there'); print(6 * 7)\"\n");
      await shows(page, 'python3: runs on the external runtime');
      await shows(page, '42');
      await page.waitForSelector('.tree button[data-path="made.txt"]');
      await page.waitForSelector('.tree button[data-sync]', { state: 'detached' });
      const folder = await remoteFolder(runtime, page);

      const chooser = page.waitForEvent('filechooser');
      await page.click('[aria-label="Upload files"]');
      await (
        await chooser
      ).setFiles({ name: 'up.txt', mimeType: 'text/plain', buffer: Buffer.from('carried') });
      await page.waitForSelector(mark('up.txt', 'changed here'));
      writeFileSync(join(folder, 'made.txt'), 'changed there');
      await bar(page).getByText('Sync', { exact: true }).click();
      await says(page, 'In sync · 1 up, 1 down');
      expect(readFileSync(join(folder, 'up.txt'), 'utf8')).toBe('carried');
      await page.waitForSelector('.tree button[data-sync]', { state: 'detached' });
      await page.click('.tree button[data-path="made.txt"]');
      await page.locator('.cm-content').getByText('changed there').waitFor();
      const download = page.waitForEvent('download');
      await page.click('[aria-label^="Download"]');
      expect(readFileSync(await (await download).path(), 'utf8')).toBe('changed there');

      await bar(page).getByText('Shell', { exact: true }).click();
      await shows(page, '] Started');
      await page.keyboard.type('stty size; cat up.txt; echo "<$(tty | cut -c 1-8)>"\n');
      await shows(page, '</dev/pts>');
      await shows(page, 'carried');
      if (HAS_LESS) {
        await page.keyboard.type('less hello.js\n');
        await shows(page, 'hello.js (END)');
        await page.keyboard.type('q');
      }
      if (HAS_VIM) {
        await page.keyboard.type('vim -u NONE -N edited.txt\n');
        await shows(page, '[New]');
        await page.keyboard.type('iwritten in vim');
        await page.keyboard.press('Escape');
        await page.keyboard.type(':wq\n');
        await page.waitForSelector('.tree button[data-path="edited.txt"]');
        await page.keyboard.type('echo "<$(cat edited.txt)>"\n');
        await shows(page, '<written in vim>');
      }
      if (HAS_HTOP) {
        await page.keyboard.type('htop\n');
        await shows(page, 'F10Quit');
        await page.keyboard.press('F10');
        await page.keyboard.type('echo "out of $((40 + 2))"\n');
        await shows(page, 'out of 42');
      }
      await page.setViewportSize({ width: 700, height: 500 });
      await page.keyboard.type('while sleep 0.1; do clear; echo "=$(stty size)="; done\n');
      await page.waitForFunction(() => {
        const rows = [...document.querySelectorAll('.xterm-rows')].at(-1);
        const size = /=(\d+) (\d+)=/.exec(rows?.textContent ?? '');
        return size !== null && Number(size[1]) === rows?.childElementCount && Number(size[2]) < 80;
      });
      await page.keyboard.press('Control+c');
      await page.keyboard.type('exit\n');
      await page.waitForFunction(() => document.querySelectorAll('.terminal-labels [role=tab]').length === 1);

      await bar(page).getByText('Leave').click();
      await says(page, 'No external runtime');
      await page.click('.xterm-screen');
      await page.keyboard.type('clear; python3 -V\n');
      await shows(page, 'no external runtime is connected');
    } finally {
      await opened.close();
    }
  });

  test('a runtime that is killed under a program says so, is waited for or given up, and loses nothing', async () => {
    const token = 'k'.repeat(43);
    const first = await Runtime.start({ MHNOS_TOKEN: token });
    const opened = await playground();
    const program = (name: string): string =>
      `python3 -uc "import time; open('${name}', 'w').write('kept'); print('begun ' + '${name}'); time.sleep(600)"\n`;
    try {
      const { page } = opened;
      await connect(page, first.url, token);
      await says(page, 'Runtime: ');
      await page.click('.xterm-screen');
      await page.keyboard.type(program('one.txt'));
      await shows(page, 'begun one.txt');
      await page.waitForSelector('.tree button[data-path="one.txt"]');
      first.child.kill('SIGKILL');
      await says(page, 'Runtime: connecting again');
      await shows(page, '[Runtime] The connection is cut');
      const settings = {
        MHNOS_TOKEN: token,
        MHNOS_RUNTIME_PORT: String(first.port),
        MHNOS_WORKSPACE: first.workspace,
      };
      const second = await Runtime.start(settings);
      await says(page, `Runtime: 127.0.0.1:${first.port}`);
      await shows(page, 'ended with its runtime, which was started anew');
      await page.keyboard.type('clear; cat one.txt; echo; echo "[$?]"\n');
      await shows(page, 'kept');

      await page.keyboard.type(program('two.txt'));
      await shows(page, 'begun two.txt');
      await page.waitForSelector('.tree button[data-path="two.txt"]');
      second.child.kill('SIGKILL');
      await shows(page, '^C gives up');
      await page.keyboard.press('Control+c');
      await page.keyboard.type('echo code $?; node hello.js\n');
      await shows(page, 'code 130');
      await shows(page, 'Good-bye (0).');
      await second[Symbol.asyncDispose]();
    } finally {
      await opened.close();
      await first[Symbol.asyncDispose]();
    }
  });
});
