import type { ModuleRecord } from './record.ts';
import { SourceTextRecord } from './source_text.ts';

/** Link() of cyclic module records (ECMA-262 sec. 16.2.1.6.1.1). On failure everything that was begun is unlinked again. */
export function link(root: ModuleRecord): void {
  const stack: SourceTextRecord[] = [];
  try {
    innerLink(root, stack, 0);
  } catch (error) {
    for (const module of stack) module.status = 'unlinked';
    throw error;
  }
}

function innerLink(module: ModuleRecord, stack: SourceTextRecord[], startIndex: number): number {
  if (!(module instanceof SourceTextRecord)) {
    if (module.status === 'unlinked') module.status = 'linked';
    return startIndex;
  }
  if (module.status !== 'unlinked') return startIndex;
  module.status = 'linking';
  module.dfsIndex = module.dfsAncestorIndex = startIndex;
  let index = startIndex + 1;
  stack.push(module);
  for (const required of module.evaluated) {
    index = innerLink(required, stack, index);
    if (required instanceof SourceTextRecord && required.status === 'linking') {
      module.dfsAncestorIndex = Math.min(module.dfsAncestorIndex, required.dfsAncestorIndex);
    }
  }
  module.initialize();
  if (module.dfsAncestorIndex === module.dfsIndex) {
    for (let done = stack.pop(); done !== undefined; done = done === module ? undefined : stack.pop()) {
      done.status = 'linked';
    }
  }
  return index;
}

/** V8's Module::IsGraphAsync: whether the module or anything that it requests has a top-level await. */
export function isGraphAsync(root: ModuleRecord, seen = new Set<ModuleRecord>()): boolean {
  if (seen.has(root) || !(root instanceof SourceTextRecord)) return false;
  seen.add(root);
  return root.transform.hasTopLevelAwait || root.evaluated.some((module) => isGraphAsync(module, seen));
}
