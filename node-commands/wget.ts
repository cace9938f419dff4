/** wget over Node's http and https: single documents with GNU Wget's options, words and statuses. */
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '../userland/program/program.ts';
import { runCommand } from './ending.ts';
import { closeConnections } from './http/exchange.ts';
import { HELP, type Options, parseArguments } from './wget/options.ts';
import { Report } from './wget/report.ts';
import { parseUrl, readInput, Retrieval, WgetFailure, WgetStatus } from './wget/retrieval.ts';

const VERSION = 'GNU Wget 1.21.3 (OpenAgentsContainer, Node.js)\n';
const TRY = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n";
const STDOUT = 1;

function reportOf(options: Options): Report {
  const level = options.has('quiet') ? 'quiet' : options.has('noVerbose') ? 'brief' : 'verbose';
  return new Report(level, options.value('log'), options.has('showProgress'));
}

function urlsOf(options: Options): string[] {
  const file = options.value('inputFile');
  const listed = file === undefined ? [] : String(readInput(file)).split('\n');
  return [...options.operands, ...listed.map((line) => line.trim()).filter((line) => line !== '')];
}

function sharedOutput(options: Options): number | undefined {
  const file = options.value('output');
  if (file === undefined || options.has('continue')) return undefined;
  try {
    return file === '-' ? STDOUT : fs.openSync(file, 'w');
  } catch {
    throw new WgetFailure(WgetStatus.generic, `${file}: No such file or directory`);
  }
}

async function main(): Promise<number> {
  const options = parseArguments(process.argv.slice(1));
  if (options.has('help') || options.has('version')) {
    process.stdout.write(options.has('help') ? HELP : VERSION);
    return 0;
  }
  const urls = urlsOf(options);
  if (urls.length === 0) {
    process.stderr.write(`wget: missing URL\n${TRY}`);
    return WgetStatus.generic;
  }
  const report = reportOf(options);
  const shared = sharedOutput(options);
  const wait = Number(options.value('wait') ?? 0);
  let status = 0;
  for (const [index, text] of urls.entries()) {
    if (index > 0 && wait > 0) await delay(wait * 1000);
    try {
      await new Retrieval(options, report, parseUrl(text), shared).run();
    } catch (error) {
      if (!(error instanceof WgetFailure)) throw error;
      report.tell(`${error.message}\n`);
      // Of several failures the lowest number is told, and any number before 1.
      if (status === 0 || error.status < status) status = error.status;
    }
  }
  return status;
}

runCommand(
  () => main().finally(closeConnections),
  (error) => {
    if (error instanceof WgetFailure) return { status: error.status, text: `wget: ${error.message}\n` };
    if (error instanceof UsageError)
      return { status: WgetStatus.usage, text: `wget: ${error.message}\n${TRY}` };
    return undefined;
  },
);
