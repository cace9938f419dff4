/** What attackers send: a server or client in a container says and does what it does on native Node. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useApp } from './app.ts';

const program = (name: string): string =>
  readFileSync(new URL(`../fixtures/programs/${name}`, import.meta.url), 'utf8');

describe('bad input from the network', () => {
  const made = useApp({});

  it.each([
    ['requests that smuggle, fold, overflow, or are cut', 'bad-requests.cjs', 144],
    ['answers that do the same to a client', 'bad-answers.cjs', 44],
    ['HTTP/2 frames that break the rules, and floods of them', 'bad-frames.cjs', 71],
  ])('%s', async (_title, name, lines) => {
    const { stdout } = await made.app.expectSame(`node ${name}`, { files: { [name]: program(name) } });
    expect(stdout.trim().split('\n')).toHaveLength(lines);
  });
});
