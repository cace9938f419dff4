import { accessSync, constants, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** Names under which Chromium and its relatives stand on PATH. */
const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge',
];

const MAC_APPLICATIONS = ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

const WINDOWS_PROGRAMS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

/** Where Playwright's browsers stand inside a version's folder, by platform. */
const PLAYWRIGHT_EXECUTABLES = [
  'chrome-linux/chrome',
  'chrome-linux64/chrome',
  'chrome-headless-shell-linux64/chrome-headless-shell',
  'chrome-linux/headless_shell',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-win/chrome.exe',
  'chrome-win64/chrome.exe',
];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(): string[] {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return COMMANDS.flatMap((command) => folders.map((folder) => path.join(folder, command)));
}

function onWindows(): string[] {
  const roots = [process.env['ProgramFiles'], process.env['ProgramFiles(x86)'], process.env['LocalAppData']];
  return roots.flatMap((root) =>
    root === undefined ? [] : WINDOWS_PROGRAMS.map((name) => path.join(root, name)),
  );
}

function playwrightCache(): string {
  const set = process.env['PLAYWRIGHT_BROWSERS_PATH'];
  if (set !== undefined && set !== '0') return set;
  if (process.platform === 'darwin') return path.join(homedir(), 'Library/Caches/ms-playwright');
  if (process.platform === 'win32')
    return path.join(process.env['LocalAppData'] ?? homedir(), 'ms-playwright');
  return path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'ms-playwright');
}

function inPlaywrightCache(): string[] {
  const cache = playwrightCache();
  let versions: string[];
  try {
    versions = readdirSync(cache).filter((name) => name.startsWith('chromium'));
  } catch {
    return [];
  }
  const newestFirst = versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return newestFirst.flatMap((name) => PLAYWRIGHT_EXECUTABLES.map((file) => path.join(cache, name, file)));
}

/**
 * The Chromium to drive: `OAC_CHROMIUM` or `CHROME_PATH` if set (then nothing else is tried), the system's, Playwright's.
 * Undefined when there is none.
 */
export function findBrowser(): string | undefined {
  const named = process.env['OAC_CHROMIUM'] || process.env['CHROME_PATH'];
  if (named) return isExecutable(named) ? named : undefined;
  const system = process.platform === 'win32' ? onWindows() : [...onPath(), ...MAC_APPLICATIONS];
  return [...system, ...inPlaywrightCache()].find(isExecutable);
}

const NONE =
  'No Chromium was found: install one (`apt-get install chromium`, `npx playwright install chromium` or Google Chrome), ' +
  'or set OAC_CHROMIUM to its executable.';

/** What to tell a user when `findBrowser` found none. */
export function noBrowserMessage(): string {
  for (const name of ['OAC_CHROMIUM', 'CHROME_PATH']) {
    const value = process.env[name];
    if (value) return `${name} is set to ${value}, which is no executable: correct it or unset it.`;
  }
  return NONE;
}
