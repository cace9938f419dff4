import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();
const PROGRAM = readFileSync(
  path.resolve(import.meta.dirname, '../../../fixtures/programs/compression.cjs'),
  'utf8',
);

/** What Node 24.21.0 prints for the same program: bytes, their digest, whether they come back. */
const NATIVE = {
  brotli: [821821, '534c9842502c5071', true],
  zstd: [789568, '0949fc7ae59b4872', true],
  'zstd with a dictionary': [833999, 'c435005739b9224a', true],
  'brotli stream': [821842, 'd29df709e4e6e742', true],
  'zstd stream': [789348, '51879ca9bb657834', true],
  'not brotli': 'ERR__ERROR_FORMAT_PADDING_2',
  'cut brotli': 'Z_BUF_ERROR',
  'not zstd': 'ZSTD_error_prefix_unknown',
  'cut zstd': 'Z_BUF_ERROR',
  'broken pledge': 'ZSTD_error_srcSize_wrong',
};

test('Brotli and Zstandard make the bytes that native Node makes, at once and in flushed streams', async () => {
  const result = await run(async ({ OpenAgentsContainer }, program) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('main.cjs', program);
    const outcome = await container.exec('node main.cjs');
    await container.teardown();
    return outcome;
  }, PROGRAM);
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toEqual(NATIVE);
});
