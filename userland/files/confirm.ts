import type { ProgramContext } from '../program/program.ts';

/** Asks on standard error and reads one line of standard input. */
export function confirm(context: ProgramContext, question: string): boolean {
  return /^\s*y/i.test(ask(context, `${context.name}: ${question} `) ?? '');
}

/** The line that answers, read byte by byte so that nothing after it is taken; undefined at the end of the input. */
export function ask(context: ProgramContext, question: string): string | undefined {
  context.stdout.flush();
  context.stderr.write(question);
  const byte = new Uint8Array(1);
  let answer = '';
  for (;;) {
    if (context.system.files.read(0, byte, null) !== 1) return answer === '' ? undefined : answer;
    if (byte[0] === 10) return answer;
    answer += String.fromCharCode(byte[0] ?? 0);
  }
}
