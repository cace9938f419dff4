import { initSync, parse } from 'cjs-module-lexer';
import type { NodeContext } from '../context.ts';

/** The names that a CommonJS module exports, as far as they can be read from its text (translators.js). */
export function createCjsLexer(_context: NodeContext): object {
  let ready = false;
  return {
    parse(source: string): [Set<string>, string[]] {
      if (!ready) {
        initSync();
        ready = true;
      }
      try {
        const { exports, reexports } = parse(source);
        return [new Set(exports), reexports];
      } catch {
        // No CommonJS: whoever compiles it will say so.
        return [new Set(), []];
      }
    },
  };
}
