/** A synced tree of the workspace: its entries by revision, so that a client that knows one is told only the difference. */
import { watch, type FSWatcher } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FOLDER_WATCHES_MAX, REMOVALS_KEPT_MAX, WATCH_DEBOUNCE_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import type { ManifestEntry } from '../protocol/runtime/files.ts';
import { Scan, type HashCache } from './scan.ts';

export interface Difference {
  readonly revision: string;
  readonly full: boolean;
  readonly entries: ManifestEntry[];
  readonly removed: string[];
}

export type ChangeListener = (paths: string[], revision: string) => void;

function sameEntry(a: ManifestEntry | undefined, b: ManifestEntry): boolean {
  if (a === undefined || a.kind !== b.kind) return false;
  if (a.kind === 'symlink' || b.kind === 'symlink')
    return 'target' in a && 'target' in b && a.target === b.target;
  if (a.mode !== b.mode) return false;
  if (a.kind === 'directory' || b.kind === 'directory') return true;
  return a.sha256 === b.sha256 && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

export class SyncTree {
  readonly root: string;
  readonly #excluded: (path: string) => boolean;
  readonly #log: Log;
  readonly #epoch = randomBytes(6).toString('hex');
  readonly #cache: HashCache = new Map();
  #entries: ReadonlyMap<string, ManifestEntry> = new Map();
  #revision = 0;
  /** The revision in which an entry came to be as it is, or went. */
  readonly #changedIn = new Map<string, number>();
  readonly #removedIn = new Map<string, number>();
  #forgottenBefore = 0;
  #refreshing: Promise<void> | undefined;
  readonly #listeners = new Set<ChangeListener>();
  readonly #watchers = new Map<string, FSWatcher>();
  #debounce: NodeJS.Timeout | undefined;

  constructor(root: string, excluded: (path: string) => boolean, log: Log) {
    this.root = root;
    this.#excluded = excluded;
    this.#log = log;
  }

  get revision(): string {
    return `${this.#epoch}:${this.#revision}`;
  }

  get entries(): ReadonlyMap<string, ManifestEntry> {
    return this.#entries;
  }

  get watching(): boolean {
    return this.#listeners.size > 0;
  }

  /** Looks at the tree as it is now. One that was asked for meanwhile looks again afterwards. */
  async refresh(): Promise<string[]> {
    while (this.#refreshing !== undefined) await this.#refreshing;
    let changed: string[] = [];
    this.#refreshing = (async () => {
      const scan = await Scan.of(this.root, this.#excluded, this.#cache);
      changed = this.#adopt(scan.entries);
      if (this.watching) this.#watchFolders(scan.folders);
    })().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
    return changed;
  }

  #adopt(entries: ReadonlyMap<string, ManifestEntry>): string[] {
    const removed = [...this.#entries.keys()].filter((path) => !entries.has(path));
    const changed = [...entries].filter(([path, entry]) => !sameEntry(this.#entries.get(path), entry));
    if (removed.length + changed.length > 0) this.#revision++;
    for (const path of removed) {
      this.#changedIn.delete(path);
      this.#removedIn.set(path, this.#revision);
    }
    for (const [path] of changed) {
      this.#removedIn.delete(path);
      this.#changedIn.set(path, this.#revision);
    }
    while (this.#removedIn.size > REMOVALS_KEPT_MAX) {
      const [oldest] = this.#removedIn;
      if (oldest === undefined) break;
      this.#removedIn.delete(oldest[0]);
      this.#forgottenBefore = Math.max(this.#forgottenBefore, oldest[1]);
    }
    this.#entries = entries;
    return [...removed, ...changed.map(([path]) => path)];
  }

  /** What changed after the revision that a client names, or everything. */
  since(revision: string | undefined): Difference {
    const [epoch, number] = (revision ?? '').split(':');
    const known = Number(number);
    const delta = epoch === this.#epoch && known >= this.#forgottenBefore && known <= this.#revision;
    if (!delta)
      return { revision: this.revision, full: true, entries: [...this.#entries.values()], removed: [] };
    const after = (changes: Map<string, number>): string[] =>
      [...changes].filter(([, changedIn]) => changedIn > known).map(([path]) => path);
    const entries = after(this.#changedIn).flatMap((path) => this.#entries.get(path) ?? []);
    return { revision: this.revision, full: false, entries, removed: after(this.#removedIn) };
  }

  async addListener(listener: ChangeListener): Promise<void> {
    this.#listeners.add(listener);
    await this.refresh();
  }

  removeListener(listener: ChangeListener): void {
    this.#listeners.delete(listener);
    if (this.watching) return;
    clearTimeout(this.#debounce);
    this.#watchFolders([]);
  }

  #watchFolders(folders: readonly string[]): void {
    const wanted = new Set(folders.slice(0, FOLDER_WATCHES_MAX));
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(join(this.root, folder), () => this.#touched());
        watcher.on('error', () => this.#watchers.delete(folder));
        this.#watchers.set(folder, watcher);
      } catch {
        this.#touched(); // gone already: look again
      }
    }
  }

  #touched(): void {
    clearTimeout(this.#debounce);
    this.#debounce = setTimeout(() => void this.#tell(), WATCH_DEBOUNCE_MS).unref();
  }

  async #tell(): Promise<void> {
    try {
      const paths = await this.refresh();
      if (paths.length === 0) return;
      for (const listener of this.#listeners) listener(paths, this.revision);
    } catch (error) {
      this.#log.warn(`watching ${this.root}: ${String(error)}`);
    }
  }
}
