/** The npm registry that this machine is configured with, and whether it answers: real applications are installed from it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const ANSWER_MS = 15_000;

async function configured(): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry']);
  return stdout.trim();
}

async function reachable(): Promise<{ registry: string; problem?: string }> {
  const registry = await configured();
  try {
    const answer = await fetch(new URL('ms', registry), { signal: AbortSignal.timeout(ANSWER_MS) });
    await answer.body?.cancel();
    if (answer.ok) return { registry };
    return { registry, problem: `the registry answers with ${answer.status}` };
  } catch (error) {
    return { registry, problem: `the registry cannot be reached: ${String(error)}` };
  }
}

export const { registry, problem: registryProblem } = await reachable();
if (registryProblem !== undefined) {
  process.stderr.write(`Real applications are skipped: ${registryProblem}\n`);
}
