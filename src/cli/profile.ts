/**
 * Where `oac --persist` keeps a store: a browser profile of its own, for a browser keeps storage by profile and by origin.
 * The origin is the same in every run, whatever port the server gets: the browser is told where that name leads.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { Failure } from './failure.ts';

/** Origins below .localhost are secure contexts; port 80 keeps it out of the address. */
export const STORE_HOST = 'oac.localhost';
export const STORE_ORIGIN = `http://${STORE_HOST}`;

/** OAC_DATA, or the place that the platform has for an application's data. */
export function dataFolder(): string {
  const { OAC_DATA, XDG_DATA_HOME, LOCALAPPDATA } = process.env;
  if (OAC_DATA) return path.resolve(OAC_DATA);
  const name = 'openagents-container';
  if (process.platform === 'win32') return path.join(LOCALAPPDATA ?? homedir(), name);
  if (process.platform === 'darwin') return path.join(homedir(), 'Library/Application Support', name);
  return path.join(XDG_DATA_HOME || path.join(homedir(), '.local/share'), name);
}

export interface Profile {
  readonly folder: string;
  release(): void;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes the profile of a store: one `oac` at a time. Throws ERR_STORE_BUSY. */
export function takeProfile(store: string): Profile {
  const folder = path.join(dataFolder(), 'stores', encodeURIComponent(store).replaceAll('.', '%2E'));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = path.join(folder, 'oac.pid');
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = Number(readFileSync(lock, 'utf8'));
      if (tries > 0 || (pid > 0 && isRunning(pid)))
        throw new Failure('ERR_STORE_BUSY', `The store '${store}' is in use by process ${pid}.`);
      rmSync(lock, { force: true }); // its owner was killed
    }
  }
  const release = (): void => rmSync(lock, { force: true });
  process.once('exit', release);
  return {
    folder,
    release() {
      process.off('exit', release);
      release();
    },
  };
}
