import type { Program } from '../program/program.ts';
import { runGuest } from './host.ts';

/** jq itself, in WebAssembly: its own options, help and statuses. */
export const jqProgram = (bytes: Uint8Array<ArrayBuffer>): Program => ({
  name: 'jq',
  usage: 'jq [OPTION]... FILTER [FILE]...',
  help: 'jq prints its own help.',
  main: ({ system, env, args }) =>
    runGuest(new WebAssembly.Module(bytes), { system, env, argv: ['jq', ...args] }),
});
