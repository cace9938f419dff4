import type { ProgramContext } from './program.ts';

/** Asks on standard error and reads one line of standard input, byte by byte so that nothing after it is taken. */
export function confirm(context: ProgramContext, question: string): boolean {
  context.stdout.flush();
  context.stderr.write(`${context.name}: ${question} `);
  const byte = new Uint8Array(1);
  let answer = '';
  while (context.system.files.read(0, byte, null) === 1 && byte[0] !== 10)
    answer += String.fromCharCode(byte[0] ?? 0);
  return /^\s*y/i.test(answer);
}
