import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from '../../support/chromium.ts';
import { digest, outcomes } from './cases.ts';
import { bareContext } from './context.ts';
import { SUITES } from './suites.ts';

type Records = Record<string, Record<string, string>>;

const here = import.meta.dirname;
const RECORDS = path.resolve(here, '../../fixtures/bindings');
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** The node whose bindings are the measure; without it the committed record is. */
const nativeNode = process.env['OAC_NATIVE_NODE'];

function askNativeNode(executable: string): Records {
  const args = ['--no-warnings', '--expose-internals', path.join(here, 'record.ts')];
  const output = execFileSync(executable, args, { maxBuffer: OUTPUT_BYTES_MAX, encoding: 'utf8' });
  return JSON.parse(output) as Records;
}

const native = nativeNode === undefined ? undefined : askNativeNode(nativeNode);

/** Every outcome that is not the pinned node's, by label. */
function differences(binding: string, ours: Record<string, string>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const recorded = native?.[binding];
  if (recorded !== undefined) {
    for (const [label, outcome] of Object.entries(ours)) {
      if (recorded[label] !== outcome) result[label] = { native: recorded[label], ours: outcome };
    }
    return result;
  }
  const digests = JSON.parse(readFileSync(path.join(RECORDS, `${binding}.json`), 'utf8')) as string[];
  Object.entries(ours).forEach(([label, outcome], index) => {
    if (digests[index] !== digest(outcome)) result[label] = { ours: outcome };
  });
  return result;
}

async function runInBrowser(): Promise<Records> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [path.join(here, 'in-browser.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'esnext',
  });
  const browser = await startChromium();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
    return JSON.parse(await page.evaluate<string>('bindingRecords')) as Records;
  } finally {
    await browser.close();
  }
}

describe('without the platform functions that only browsers have', () => {
  for (const { binding, create, cases } of SUITES) {
    it(`${binding} answers as the pinned node's`, () => {
      const ours = outcomes(cases(create(bareContext()) as never));
      expect(differences(binding, ours)).toEqual({});
    });
  }
});

describe('in Chromium', () => {
  let records: Records = {};
  beforeAll(async () => {
    records = await runInBrowser();
  });
  for (const { binding } of SUITES) {
    it(`${binding} answers as the pinned node's`, () => {
      const ours = records[binding] ?? {};
      expect(Object.keys(ours).length).toBeGreaterThan(0);
      expect(differences(binding, ours)).toEqual({});
    });
  }
});
