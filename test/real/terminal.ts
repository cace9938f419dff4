/** A program at a terminal of 80 columns, here and in a container, with keys pressed as it asks for them. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pinnedNode } from '../../scripts/node-layer/package-cache.mjs';
import type { App } from './app.ts';
import { GUEST } from './app.ts';
import { plainEnvironment } from './environment.ts';

/** Once `after` has shown, `press`. */
export interface Answer {
  after: string;
  press: string;
}

const SIZE = { cols: 80, rows: 24 };
const runtime = path.resolve('runtime/package.json');

export const terminalProblem = existsSync(path.resolve('runtime/node_modules/@lydell/node-pty'))
  ? undefined
  : 'a terminal on native Node needs `npm ci --prefix runtime`';
if (terminalProblem !== undefined)
  process.stderr.write(`Programs at a terminal are skipped: ${terminalProblem}\n`);

interface Pty {
  onData(listener: (text: string) => void): void;
  onExit(listener: (end: { exitCode: number }) => void): void;
  write(text: string): void;
}
interface PtyModule {
  spawn(command: string, args: readonly string[], options: object): Pty;
}

/** Presses the keys whenever what they wait for has come since the last of them. */
function typist(answers: readonly Answer[], write: (keys: string) => void) {
  const left = [...answers];
  let all = '';
  let seen = 0;
  return {
    shown(text: string): void {
      all += text;
      for (let next = left[0]; next !== undefined; next = left[0]) {
        const at = all.indexOf(next.after, seen);
        if (at < 0) return;
        seen = all.length;
        left.shift();
        write(next.press);
      }
    },
    transcript: () => all,
  };
}

export async function nativeTranscript(
  app: App,
  args: readonly string[],
  answers: readonly Answer[],
): Promise<string> {
  const { spawn } = createRequire(runtime)('@lydell/node-pty') as PtyModule;
  const { binary } = await pinnedNode();
  const env = { ...plainEnvironment(), TERM: 'xterm-256color', COLORTERM: 'truecolor' };
  const pty = spawn(binary, args, {
    name: 'xterm-256color',
    ...SIZE,
    cwd: app.folder,
    env,
  });
  const typing = typist(answers, (keys) => pty.write(keys));
  pty.onData((text) => typing.shown(text));
  const code = await new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  return `${typing.transcript()}\nended with ${code}`;
}

export async function containedTranscript(
  app: App,
  args: readonly string[],
  answers: readonly Answer[],
): Promise<string> {
  const run = await app.session.spawn('node', {
    args,
    cwd: GUEST,
    env: { TERM: 'xterm-256color', COLORTERM: 'truecolor' },
    terminal: SIZE,
  });
  const typing = typist(answers, (keys) => run.stdin.write(keys));
  run.stdout.setEncoding('utf8').on('data', (text: string) => typing.shown(text));
  const { code } = await run.exited;
  return `${typing.transcript()}\nended with ${code}`;
}

const ESCAPE = String.fromCharCode(27);
const CONTROL = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, 'g');

/** The escape sequences and texts in their order, without what depends on when a program came to draw. */
export const withoutFrames = (text: string): string =>
  text.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, '').replace(CONTROL, (code) => code.replace(ESCAPE, '^'));
