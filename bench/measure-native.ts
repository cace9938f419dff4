import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { median } from './table.ts';

/** Runs a program natively and reads the JSON object that it prints. */
export async function nativeResults<Results = Record<string, number>>(
  node: string,
  args: readonly string[],
): Promise<Results> {
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return JSON.parse(text) as Results;
}

/** Milliseconds from spawn to the first byte of output, median of `rounds`. */
export async function nativeFirstLine(node: string, rounds: number): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    const child = spawn(node, ['-e', 'console.log(1)'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    took.push(performance.now() - begin);
    await new Promise((resolve) => child.once('close', resolve));
  }
  return median(took);
}

/** Milliseconds until all output of a program has been read. */
export async function nativeOutput(node: string, program: string): Promise<number> {
  const begin = performance.now();
  const child = spawn(node, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += (chunk as Buffer).length;
  if (bytes === 0) throw new Error(`${program} wrote nothing`);
  return performance.now() - begin;
}
