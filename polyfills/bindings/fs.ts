import type { NodeContext } from '../context.ts';
import { createAttributeCalls } from '../fs/attributes.ts';
import { createContentCalls } from '../fs/contents.ts';
import { createCopySync } from '../fs/cp-sync.ts';
import { createDescriptorCalls } from '../fs/descriptors.ts';
import { createFigureCalls } from '../fs/figures.ts';
import { createFileHandle } from '../fs/file-handle.ts';
import { createLegacyMain } from '../fs/legacy-main.ts';
import { createNameCalls } from '../fs/names.ts';
import { createRemoval } from '../fs/remove.ts';
import { STAT_FIELDS } from '../fs/requests.ts';
import { fileBindingBase } from '../fs/shared.ts';
import { createStatWatcher } from '../fs/stat-watcher.ts';

/** `internalBinding('fs')`: file operations in Node's three forms (src/node_file.cc). */
export function createFs(context: NodeContext): object {
  const base = fileBindingBase(context);
  return {
    ...createDescriptorCalls(base),
    ...createFigureCalls(base),
    ...createNameCalls(base),
    ...createAttributeCalls(base),
    ...createContentCalls(base),
    ...createRemoval(base),
    ...createCopySync(base),
    ...createLegacyMain(base),
    ...createFileHandle(base),
    ...createStatWatcher(base),
    FSReqCallback: base.requests.FSReqCallback,
    kFsStatsFieldsNumber: STAT_FIELDS,
    kUsePromises: context.realm.symbols['fs_use_promises_symbol'],
    ...base.figures,
  };
}
