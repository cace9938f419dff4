/** What differs between HEAD, the index and the working tree. */
import fs from 'node:fs';
import path from 'node:path';
import git from 'isomorphic-git';
import type { Repository } from './repository.ts';

export type State = 'A' | 'M' | 'D' | ' ' | '?';

export interface FileChange {
  readonly path: string;
  /** Index against HEAD, working tree against index. */
  readonly staged: State;
  readonly unstaged: State;
}

export async function changes(repository: Repository, filepaths?: readonly string[]): Promise<FileChange[]> {
  const wanted = filepaths === undefined || filepaths.includes('.') ? undefined : [...filepaths];
  const matrix = await git.statusMatrix({ ...repository.args, ...(wanted ? { filepaths: wanted } : {}) });
  return matrix
    .map(([file, head, workdir, stage]) => ({
      path: file,
      staged: stagedState(head, stage),
      unstaged: unstagedState(workdir, stage),
    }))
    .filter(({ staged, unstaged }) => staged !== ' ' || unstaged !== ' ')
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function stagedState(head: number, stage: number): State {
  if (head === 0) return stage === 0 ? ' ' : 'A';
  return stage === 0 ? 'D' : stage === 1 ? ' ' : 'M';
}

function unstagedState(workdir: number, stage: number): State {
  if (stage === 0) return workdir === 0 ? ' ' : '?';
  if (workdir === 0) return 'D';
  // 1: as in HEAD; 2: as in the working tree; 3: as in neither.
  return stage === workdir || (stage === 2 && workdir === 2) ? ' ' : 'M';
}

export const isConflicted = (repository: Repository): Promise<string[]> => unmerged(repository);

/** Files whose merge left several versions in the index. */
async function unmerged(repository: Repository): Promise<string[]> {
  const listed = await git.listFiles({ ...repository.args });
  return listed.filter(
    (file) =>
      /^<{7} /m.test(readText(repository, file)) && fs.existsSync(path.join(repository.gitdir, 'MERGE_HEAD')),
  );
}

function readText(repository: Repository, file: string): string {
  try {
    return fs.readFileSync(path.join(repository.dir, file), 'utf8');
  } catch {
    return '';
  }
}

/** Untracked files, a folder without any tracked file as one name that ends in `/`. */
export async function untracked(
  repository: Repository,
  all: readonly FileChange[],
  everyFile: boolean,
): Promise<string[]> {
  const files = all.filter(({ unstaged }) => unstaged === '?').map((one) => one.path);
  if (everyFile) return files;
  const tracked = await git.listFiles({ ...repository.args });
  const folders = new Set(tracked.flatMap((file) => ancestors(file)));
  const shown = files.map((file) => {
    const folder = ancestors(file).find((one) => !folders.has(one));
    return folder === undefined ? file : `${folder}/`;
  });
  return [...new Set(shown)].sort();
}

/** `a/b/c` → `a`, `a/b`. */
function ancestors(file: string): string[] {
  const parts = file.split('/');
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
