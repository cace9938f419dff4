// Finds Chromium for the tests, or installs it where that can be done without asking: as root on Debian and its kin.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const run = (command, args) => spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0;

/** @returns {Promise<{ executable: string } | { problem: string }>} */
export async function ensureBrowser() {
  const { findBrowser, noBrowserMessage } = await import('../dist/cli/headless.js');
  let executable = findBrowser();
  if (executable === undefined && existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    process.stderr.write('No Chromium was found: installing the package chromium.\n');
    const options = ['-y', '-qq', '--no-install-recommends'];
    // Package lists may be missing or old on a fresh machine.
    if (!run('apt-get', ['install', ...options, 'chromium'])) {
      run('apt-get', ['update', '-qq']);
      run('apt-get', ['install', ...options, 'chromium']);
    }
    executable = findBrowser();
  }
  return executable === undefined ? { problem: noBrowserMessage() } : { executable };
}
