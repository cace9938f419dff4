import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { PAGE_TIMEOUT_MS } from '../support/chromium.ts';
import { openPage } from './page.ts';

/** Waits until the terminal shows the text. */
async function shows(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      document.querySelector('.xterm-rows')?.textContent.replaceAll('\u00a0', ' ').includes(wanted) === true,
    text,
  );
}

async function enter(page: Page, command: string, answer: string): Promise<void> {
  await page.keyboard.type(`${command}\n`);
  await shows(page, answer);
}

const ready = (page: Page): Promise<void> => shows(page, 'Node.js runs in this page.');

it('has terminals that follow their size, in tabs that split, and closes those whose shell ends', async () => {
  const opened = await openPage({ path: 'playground/' });
  try {
    const { page } = opened;
    await ready(page);
    await enter(page, 'echo $((20 + 1))$(ls | head -n 1)', '21README.md');
    const follower =
      "process.stdout.on('resize', () => process.exit(console.log('re' + 'sized'))); setTimeout(console.log, 1e6); console.log('wait' + 'ing')";
    await enter(page, `node -e "${follower}"`, 'waiting');
    await page.setViewportSize({ width: 900, height: 600 });
    await shows(page, 'resized');
    const terminals = page.locator('.terminal-view');
    await page.click('[aria-label="Split the terminal"]');
    await expect.poll(() => terminals.count(), { timeout: PAGE_TIMEOUT_MS }).toBe(2);
    await page.click('[aria-label="New terminal"]');
    const tabs = page.getByRole('tab');
    expect(await tabs.count()).toBe(2);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.xterm-rows')].at(-1)?.textContent.includes('$'),
    );
    await page.keyboard.type('exit\n');
    await expect.poll(() => tabs.count(), { timeout: PAGE_TIMEOUT_MS }).toBe(1);
    await tabs.first().dblclick();
    await page.keyboard.type('build\n');
    expect(await tabs.first().textContent()).toBe('build');
  } finally {
    await opened.close();
  }
});

it('follows the colours of the system, and shows one pane above the terminal where it is narrow', async () => {
  const opened = await openPage({ path: 'playground/' });
  try {
    const { page } = opened;
    await ready(page);
    const grounds = (): Promise<string[]> =>
      page.evaluate(() =>
        ['body', '#terminal', '.xterm-scrollable-element', '.cm-editor'].map((selector) => {
          const shown = document.querySelector(selector);
          return shown === null ? selector : getComputedStyle(shown).backgroundColor;
        }),
      );
    const isLight = (colour: string): boolean =>
      (colour.match(/\d+/g) ?? []).every((part) => Number(part) > 200);
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(async () => (await grounds()).every(isLight), { timeout: PAGE_TIMEOUT_MS }).toBe(true);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(async () => (await grounds()).some(isLight), { timeout: PAGE_TIMEOUT_MS }).toBe(false);

    await page.setViewportSize({ width: 390, height: 700 });
    const [tree, editor, terminal] = ['#tree', '#editor', '.terminal-view'].map((name) => page.locator(name));
    await expect.poll(() => tree?.isVisible(), { timeout: PAGE_TIMEOUT_MS }).toBe(false);
    expect(await page.getByRole('tab', { name: 'Preview' }).isVisible()).toBe(false);
    await page.getByRole('tab', { name: 'Editor' }).press('ArrowLeft');
    expect([await tree?.isVisible(), await editor?.isVisible()]).toEqual([true, false]);
    await page.click('[data-path="README.md"]');
    await expect.poll(() => editor?.textContent(), { timeout: PAGE_TIMEOUT_MS }).toContain('A project');
    expect([await editor?.isVisible(), await terminal?.isVisible()]).toEqual([true, true]);
  } finally {
    await opened.close();
  }
});

it('keeps output that ends without a newline, finds earlier lines by ^R and completes by tab', async () => {
  const opened = await openPage({ path: 'playground/' });
  try {
    const { page } = opened;
    await ready(page);
    await enter(page, 'printf "not%s" lost', 'notlost%');
    await enter(page, 'echo first-$((40 + 2))', 'first-42');
    await shows(page, 'notlost%');
    await page.keyboard.press('Control+r');
    await page.keyboard.type('printf');
    await shows(page, "(reverse-i-search)`printf': printf");
    await page.keyboard.press('Control+g');
    await page.keyboard.press('Control+u');
    await page.keyboard.type('wc -c READ\t');
    await shows(page, 'wc -c README.md');
    await page.keyboard.press('Control+u');
    await page.keyboard.type('basen\t/a/base-$((5 + 5))\n');
    await shows(page, 'base-10');
    await page.keyboard.type('LONG_NAME=found-$((3 * 4))\n');
    await enter(page, 'echo $LONG_NA\t', 'found-12');
    await enter(page, 'set -o vi; echo vi-$((1 + 1))', 'vi-2');
    await page.keyboard.type('echo one two');
    await page.keyboard.press('Escape');
    await page.keyboard.type('0wcwchanged-$((6 * 7))');
    await page.keyboard.press('Escape');
    await page.keyboard.type('\n');
    await shows(page, 'changed-42 two');
  } finally {
    await opened.close();
  }
});

it('runs commands, shows files, saves edits, and goes on without its server', async () => {
  const opened = await openPage({ path: 'playground/' });
  try {
    const { page } = opened;
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== opened.origin) foreign.push(request.url());
    });
    await ready(page);
    await enter(page, 'node hello.js', 'Good-bye (0).');

    await page.click('.tree button[data-path="read-input.js"]');
    await page.click('.cm-content');
    await page.keyboard.press('Control+a');
    await page.keyboard.type("require('fs').writeFileSync('made.txt', 'x'); console.log('edited')");
    await page.click('.xterm-screen');
    await enter(page, 'node read-input.js', 'edited');
    await page.waitForSelector('.tree button[data-path="made.txt"]');

    await page.click('.xterm-screen');
    await enter(page, 'node server.js', 'Listening on http://localhost:3000/');
    const preview = page.frameLocator('#preview iframe');
    await preview.getByText('Visit 1').waitFor();
    await page.click('#preview button');
    await preview.getByText('Visit 2').waitFor();
    await page.keyboard.press('Escape');
    await page.click('.xterm-screen');
    await page.keyboard.press('Control+c');
    await page.waitForSelector('#preview', { state: 'hidden' });

    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.context().setOffline(true);
    await page.reload();
    await ready(page);
    await enter(page, 'node typed.ts', 'by Node itself: 5');
    expect(foreign).toEqual([]);
  } finally {
    await opened.close();
  }
});

it('makes, renames, deletes and backs up files, opens terminals for programs, and says after a reload what is gone', async () => {
  const opened = await openPage({ path: 'playground/' });
  try {
    const { page } = opened;
    const row = (path: string): string => `.tree button[data-path="${path}"]`;
    await ready(page);
    await page.click('[aria-label="New file"]');
    await page.keyboard.type('notes/one.txt\n');
    await page.waitForSelector(row('notes/one.txt'));
    await page.waitForFunction(() => document.activeElement?.classList.contains('cm-content') === true);
    await page.keyboard.type('kept text');
    await page.click(row('notes/one.txt'));
    await page.keyboard.press('F2');
    await page.fill('dialog input', 'notes/two.txt');
    await page.keyboard.press('Enter');
    await page.waitForSelector(row('notes/two.txt'));
    await page.click(row('typed.ts'));
    await page.keyboard.press('Delete');
    await page.click('dialog .danger');
    await page.waitForSelector(row('typed.ts'), { state: 'detached' });

    const download = page.waitForEvent('download');
    await page.click('[aria-label^="Back up"]');
    expect((await download).suggestedFilename()).toBe('project.tar.gz');

    await page.click('.xterm-screen');
    await enter(page, 'cat notes/two.txt; echo', 'kept text');
    await page.keyboard.type('term\n');
    const tabs = page.getByRole('tab');
    await expect.poll(() => tabs.count(), { timeout: PAGE_TIMEOUT_MS }).toBe(2);

    await page.reload();
    await shows(page, 'The 2 shells (sh 1, sh 2) have ended');
    await page.waitForSelector(row('notes'));
    expect(await page.locator(row('typed.ts')).count()).toBe(0);
    await page.click('.xterm-screen');
    await enter(page, 'cat notes/two.txt; echo', 'kept text');
  } finally {
    await opened.close();
  }
});

it('what programs ask to show is shown: a file in the editor, an address in the preview', async () => {
  const opened = await openPage({ path: 'playground/' });
  try {
    const { page } = opened;
    await ready(page);
    await page.keyboard.type('code README.md\n');
    await page.waitForFunction(() => document.querySelector('#tab-name')?.textContent === 'README.md');
    await page.click('.xterm-screen');
    await page.keyboard.type(
      `node -e "require('http').createServer((q, s) => s.end('path ' + q.url)).listen(3001); require('child_process').spawn('xdg-open', ['http://localhost:3001/deep?x=1'])"\n`,
    );
    await page.frameLocator('#preview iframe').getByText('path /deep?x=1').waitFor();
  } finally {
    await opened.close();
  }
});
