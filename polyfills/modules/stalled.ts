import { arrowMessage, placeOf } from '../transform/syntax_error.ts';
import type { ModuleRecord } from './record.ts';
import { SourceTextRecord } from './source_text.ts';

/** V8's Module::GetStalledTopLevelAwaitMessages: where the modules stand that wait for nothing but themselves. */
export function stalledAwaits(root: ModuleRecord | undefined): string[] {
  const places: string[] = [];
  const seen = new Set<ModuleRecord>();
  const look = (module: ModuleRecord | undefined): void => {
    if (!(module instanceof SourceTextRecord) || seen.has(module)) return;
    seen.add(module);
    if (module.status === 'evaluating-async' && module.pendingAsyncDependencies === 0) {
      const { source, awaitsAt, url } = module;
      places.push(arrowMessage(url, placeOf(source, awaitsAt, awaitsAt + 1), 0));
      return;
    }
    module.evaluated.forEach(look);
  };
  look(root);
  return places;
}
