/** Signal numbers to names as Node's C++ gives them: of two names for a number the first counts. */
import type { NodeContext } from '../context.ts';

interface OsConstants {
  os?: { signals?: Record<string, number> };
}

/** '' for 0 and for numbers without a name. */
export function createSignalNames(context: NodeContext): (signal: number) => string {
  let names: string[] | undefined;
  return (signal) => {
    if (signal === 0) return '';
    if (names === undefined) {
      names = [];
      const constants = context.facts.bindings['constants']?.constants() as OsConstants | undefined;
      const signals = constants?.os?.signals ?? {};
      for (const name in signals) names[signals[name] as number] ??= name;
    }
    return names[signal] ?? '';
  };
}
