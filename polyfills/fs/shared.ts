/** What every family of file operations is made from. */
import type { NodeContext } from '../context.ts';
import type { FileCalls, Path } from '../system.ts';
import { createArgumentChecks, type ArgumentChecks } from './arguments.ts';
import { createRequests, STAT_FIELDS, STATFS_FIELDS, type Requests, type SharedFigures } from './requests.ts';
import { pathText } from './text.ts';

export interface FileBindingBase {
  readonly context: NodeContext;
  readonly files: FileCalls;
  readonly figures: SharedFigures;
  readonly requests: Requests;
  readonly check: ArgumentChecks;
  /** The exception of a failed synchronous call. */
  failure(errno: number, syscall: string, path?: Path, dest?: Path): Error;
}

const bases = new WeakMap<NodeContext, FileBindingBase>();
const { get, set } = WeakMap.prototype;
const { apply } = Reflect;

/** One base a context: fs and fs_dir share requests and figures. */
export function fileBindingBase(context: NodeContext): FileBindingBase {
  const known = apply(get, bases, [context]) as FileBindingBase | undefined;
  if (known !== undefined) return known;
  const figures: SharedFigures = {
    statValues: new Float64Array(2 * STAT_FIELDS),
    bigintStatValues: new BigInt64Array(2 * STAT_FIELDS),
    statFsValues: new Float64Array(STATFS_FIELDS),
    bigintStatFsValues: new BigInt64Array(STATFS_FIELDS),
  };
  const base: FileBindingBase = {
    context,
    files: context.system.files,
    figures,
    requests: createRequests(context, figures),
    check: createArgumentChecks(context),
    failure: (errno, syscall, path, dest) =>
      context.errors.uvException(errno, syscall, pathText(path), pathText(dest)),
  };
  apply(set, bases, [context, base]);
  return base;
}
