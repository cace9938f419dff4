import type { Program } from 'acorn';
import { parse } from './syntax.ts';

const SOURCE_PHASE = /\bimport\s+(source)\s+(?!from\b|,)[\w$]+\s+from\b|\bimport\s*(\.\s*source)\s*\(/g;

/**
 * Parses a module. acorn does not know `import source x from` and `import.source()`: when a module does not parse, the
 * phase keywords are blanked out and their statements' positions kept.
 */
export function parseModule(code: string): { tree: Program; sourcePhase: ReadonlySet<number> } {
  const sourcePhase = new Set<number>();
  try {
    return { tree: parse(code, 'module'), sourcePhase };
  } catch (error) {
    let plain = code;
    for (const match of code.matchAll(SOURCE_PHASE)) {
      const keyword = match[1] ?? match[2] ?? '';
      const at = match.index + match[0].indexOf(keyword, 'import'.length);
      plain = plain.slice(0, at) + keyword.replace(/\S/g, ' ') + plain.slice(at + keyword.length);
      sourcePhase.add(match.index);
    }
    if (sourcePhase.size === 0) throw error;
    return { tree: parse(plain, 'module'), sourcePhase };
  }
}
