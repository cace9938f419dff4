/** `oac fsck`: what a store that `--persist` has made is like. */
import { COMMAND_LINE_PROTOCOL } from '../protocol/command-line.ts';
import type { StoreReport } from '../protocol/store-report.ts';
import type { CheckArguments } from './arguments.ts';
import { ExitCode } from './failure.ts';
import { openPage } from './open-page.ts';
import { DIST, requireBuild } from './session.ts';

/** → the exit code to end with. Throws Failure. */
export async function checkStore({ store, json }: CheckArguments): Promise<number> {
  requireBuild();
  const page = await openPage(DIST, [], { message() {}, data() {}, closed() {} }, store);
  let report: StoreReport;
  try {
    report = (await page.link.call({ call: 'fsck', version: COMMAND_LINE_PROTOCOL, store })) as StoreReport;
  } finally {
    await page.close();
  }
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : textOf(store, report));
  if (report.errors.length > 0) return ExitCode.damaged;
  return report.lostBytes > 0 ? ExitCode.lostEnd : 0;
}

function textOf(store: string, report: StoreReport): string {
  const { errors, inodes, entries, dataBytes, lostBytes, fellBack, nameless } = report;
  const lines = errors.map((error) => `${store}: ${error}`);
  if (lostBytes > 0) lines.push(`${store}: ${lostBytes} bytes at the end of the log are lost`);
  if (fellBack)
    lines.push(`${store}: the newest checkpoint is damaged; the one before it and its log stand in`);
  if (nameless > 0) lines.push(`${store}: ${nameless} files without a name will be freed`);
  const state = errors.length > 0 ? 'damaged' : 'sound';
  lines.push(`${store}: ${state}, ${inodes} inodes, ${entries} names, ${dataBytes} bytes of data`);
  return `${lines.join('\n')}\n`;
}
