import type { Execution } from './executor.ts';

export type Outcome = 'pass' | 'fail' | 'skip';

export interface Verdict {
  outcome: Outcome;
  /** Why it is no pass, in a line. */
  reason: string;
}

/** A skipped test says so in TAP and exits with 0 (`common.skip`). */
const SKIPPED = /^1\.\.0 # Skipped: ?(.*)$/m;

/** The line of an error in what a program printed: the last that looks like one, else the last of all. */
function errorLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const error = lines.find(
    (line) => /^(Uncaught )?\w*(Error|Exception)\b.*:/.test(line) || /^\s*Error: /.test(line),
  );
  const mismatch = lines.find((line) => line.startsWith('Mismatched '));
  return (error ?? mismatch ?? lines.at(-1) ?? '').trim().slice(0, 200);
}

/** A pass is an exit code of 0, proof that the exit handlers ran, and no skip. */
export function judge(execution: Execution): Verdict {
  const said = errorLine(execution.stderr) || errorLine(execution.stdout);
  if (execution.timedOut) return { outcome: 'fail', reason: `timed out. ${said}`.trim() };
  if (execution.signal !== null)
    return { outcome: 'fail', reason: `ended by ${execution.signal}. ${said}`.trim() };
  if (execution.exitCode !== 0) return { outcome: 'fail', reason: said || `exit code ${execution.exitCode}` };
  const skipped = SKIPPED.exec(execution.stdout);
  if (skipped !== null) return { outcome: 'skip', reason: skipped[1] ?? '' };
  if (!execution.exitHandlersRan)
    return { outcome: 'fail', reason: 'exited with 0 without running its exit handlers' };
  return { outcome: 'pass', reason: '' };
}
