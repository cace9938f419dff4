/** curl over Node's http and https: its options, output and statuses for those two and for file:. */
import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '../userland/program/program.ts';
import { CurlFailure, CurlStatus } from './curl/failure.ts';
import { globbed } from './curl/globs.ts';
import { HELP, type Options, parseArguments, valuesOf } from './curl/options.ts';
import { VERSION } from './curl/request.ts';
import { type Target, Transfer } from './curl/transfer.ts';
import { writtenOut } from './curl/write-out.ts';
import { CookieJar } from './http/cookies.ts';
import { runCommand } from './ending.ts';
import { closeConnections } from './http/exchange.ts';
import { writeAll } from './standard-io.ts';

const TRY = "curl: try 'curl --help' or 'curl --manual' for more information\n";
const VERSION_TEXT = `curl ${VERSION} (OpenAgentsContainer) Node.js\nProtocols: file http https\nFeatures: libz SSL UnixSockets\n`;
const STDOUT = 1;
const STDERR = 2;

/** Every URL with where it goes: outputs belong to the URLs in their order. */
function targets(options: Options): Target[] {
  const urls = options.sequence.flatMap((item) => {
    if ('operand' in item) return [item.operand];
    return item.name === 'url' && item.value !== undefined ? [item.value] : [];
  });
  const outputs = options.occurrences.filter(({ name }) => name === 'output' || name === 'remoteName');
  return urls.flatMap((url, index) => {
    const output = outputs[index];
    const remote = output === undefined ? options.has('remoteNameAll') : output.name === 'remoteName';
    const all = options.has('globOff') ? [{ url, groups: [] as readonly string[] }] : globbed(url);
    return all.map((one) => {
      const named = output?.value?.replace(
        /#(\d)/g,
        (whole, digit: string) => one.groups[Number(digit) - 1] ?? whole,
      );
      return { url: one.url, output: within(options, remote ? remoteName(one.url) : named) };
    });
  });
}

function within(options: Options, file: string | undefined): string | undefined {
  const folder = options.value('outputDir');
  return file === undefined || folder === undefined || file === '-' ? file : path.join(folder, file);
}

function remoteName(url: string): string {
  const name = url.replace(/^[a-z]+:\/\//i, '').replace(/[?#].*$/, '');
  const base = name.includes('/') ? name.slice(name.lastIndexOf('/') + 1) : '';
  if (base === '') throw new CurlFailure(CurlStatus.write, 'Remote file name has no length!');
  return base;
}

async function main(): Promise<number> {
  const options = parseArguments(process.argv.slice(1));
  if (options.has('help')) return say(HELP);
  if (options.has('version')) return say(VERSION_TEXT);
  const all = planned(options);
  if (typeof all === 'number') return all;
  if (all.length === 0) {
    process.stderr.write(TRY);
    return CurlStatus.usage;
  }
  const jar = new CookieJar();
  for (const file of valuesOf(options, 'cookie')) if (!file.includes('=')) jar.load(file);
  const headers = options.value('dumpHeader');
  if (headers !== undefined && headers !== '-') fs.writeFileSync(headers, '');
  let status = 0;
  for (const target of all) status = await one(options, jar, target);
  const kept = options.value('cookieJar');
  if (kept !== undefined) jar.save(kept);
  return status;
}

function planned(options: Options): Target[] | number {
  try {
    return targets(options);
  } catch (error) {
    if (!(error instanceof CurlFailure)) throw error;
    complain(options, error);
    return error.status;
  }
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

async function one(options: Options, jar: CookieJar, target: Target): Promise<number> {
  const transfer = new Transfer(options, jar, target);
  const { facts } = transfer;
  try {
    await transfer.run();
  } catch (error) {
    if (!(error instanceof CurlFailure)) throw error;
    facts.exitCode = error.status;
    facts.errorMessage = error.message;
    complain(options, error);
  }
  const format = options.value('writeOut');
  if (format !== undefined) {
    const text = writtenOut(
      format.startsWith('@') ? String(fs.readFileSync(format.slice(1))) : format,
      facts,
    );
    writeAll(STDOUT, text.stdout);
    writeAll(STDERR, text.stderr);
  }
  return facts.exitCode;
}

function complain(options: Options, { status, message }: CurlFailure): void {
  if (options.has('silent') && !options.has('showError')) return;
  process.stderr.write(`curl: (${status}) ${message}\n`);
}

runCommand(
  () => main().finally(closeConnections),
  (error) => {
    if (error instanceof CurlFailure)
      return { status: error.status, text: `curl: (${error.status}) ${error.message}\n` };
    if (!(error instanceof UsageError)) return undefined;
    const option = /'(.*)'$/.exec(error.message)?.[1] ?? '';
    const typed = option.startsWith('-') ? option : `-${option}`;
    const complaint = error.message.includes('requires') ? 'requires parameter' : 'is unknown';
    return { status: CurlStatus.usage, text: `curl: option ${typed}: ${complaint}\n${TRY}` };
  },
);
