import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure } from './failure.ts';
import { findBrowser, noBrowserMessage } from './find-browser.ts';

/** How much of the browser's own stderr is kept for the message of a failed start. */
const STDERR_KEPT_CHARACTERS = 4096;

const FLAGS = [
  '--headless',
  '--disable-gpu',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-quic',
  '--disable-sync',
  '--disable-extensions',
  '--disable-default-apps',
  '--disable-component-update',
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-hang-monitor',
  // Docker gives /dev/shm 64 MB.
  '--disable-dev-shm-usage',
  '--disable-features=Translate,OptimizationHints,MediaRouter,PaintHolding',
  '--mute-audio',
  '--password-store=basic',
  '--use-mock-keychain',
  // The browser ends by itself when this pipe closes, so that it cannot outlive a command line that was killed.
  '--remote-debugging-pipe',
];

/** A headless Chromium that shows one page. */
export interface Browser {
  /** Resolves when it has ended, with what it last said on stderr. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

function sandboxFlags(): string[] {
  const isRoot = process.getuid?.() === 0;
  return isRoot || process.env['OAC_NO_SANDBOX'] ? ['--no-sandbox'] : [];
}

function endOf(child: ChildProcess): Promise<string> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-STDERR_KEPT_CHARACTERS);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', () => resolve(said));
  });
}

export interface BrowserOptions {
  /** A profile that stays. Default: one that goes with the browser. */
  profile?: string;
  flags?: readonly string[];
}

/** Starts Chromium on `url`. Throws ERR_NO_BROWSER. */
export function launchBrowser(url: string, options: BrowserOptions = {}): Browser {
  const executable = findBrowser();
  if (executable === undefined) throw new Failure('ERR_NO_BROWSER', noBrowserMessage());
  const profile = options.profile ?? mkdtempSync(path.join(tmpdir(), 'oac-profile-'));
  const flags = [...FLAGS, ...sandboxFlags(), ...(options.flags ?? []), `--user-data-dir=${profile}`];
  const child = spawn(executable, [...flags, url], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    // Its own process group: a terminal's ^C reaches the command, not the browser.
    detached: process.platform !== 'win32',
  });
  for (const pipe of child.stdio) pipe?.on('error', () => undefined);
  const ended = endOf(child);
  const removeProfile = (): void => {
    if (options.profile !== undefined) return;
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    } catch {
      // A straggling browser process may still write there; the system's temporary folder is cleaned by the system.
    }
  };
  const kill = (): void => {
    try {
      if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL');
      else process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  };
  const onExit = (): void => {
    kill();
    removeProfile();
  };
  process.once('exit', onExit);
  return {
    ended,
    async close() {
      kill();
      await ended;
      process.off('exit', onExit);
      removeProfile();
    },
  };
}
