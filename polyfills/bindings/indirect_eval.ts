/** The browser's eval, taken before a program can replace it. Called indirectly: code sees the global scope only. */
export const indirectEval = globalThis.eval;
