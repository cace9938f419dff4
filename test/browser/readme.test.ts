import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { usePage } from './harness.ts';

/** The examples of the documentation, each followed by a `text` block with what it prints. */
interface Example {
  language: 'js' | 'sh';
  code: string;
  printed: string;
}

function examplesOf(page: string): Example[] {
  const text = readFileSync(page, 'utf8');
  const found = text.matchAll(/^```(js|sh)\n((?:(?!```).*\n)*)```\n\n```text\n((?:(?!```).*\n)*)```$/gm);
  return [...found].map(([, language = '', code = '', printed = '']) => ({
    language: language as Example['language'],
    code,
    printed,
  }));
}

describe.each(['README.md', 'docs/api.md', 'docs/files.md', 'docs/shell.md'])(
  'the examples of %s',
  (file) => {
    const page = usePage();
    const all = examplesOf(file);
    const named = (language: Example['language']): [string, Example][] =>
      all
        .filter((example) => example.language === language)
        .map((example) => [example.code.split('\n').at(-2) ?? '', example]);

    it('are found', () => {
      expect(all.length).toBeGreaterThanOrEqual(3);
    });

    it.each(named('sh'))('%s', (_name, { code, printed }) => {
      const { stdout, status } = spawnSync('sh', ['-c', code], {
        encoding: 'utf8',
        input: '',
      });
      expect({ stdout, status }).toEqual({ stdout: printed, status: 0 });
    });

    it.each(named('js'))('%s', async (_name, { code, printed }) => {
      const script = code.replaceAll("'openagents-container'", "'/index.js'");
      const output = await page.page.evaluate<string>(`(async () => {
      const lines = [];
      const log = (...values) => lines.push(values.map(String).join(' '));
      const source = ${JSON.stringify(script)}.replace(/^import (.*) from (.*);$/m, 'const $1 = await import($2);');
      const AsyncFunction = (async () => {}).constructor;
      await new AsyncFunction('console', source)({ ...console, log });
      return lines.join('\\n');
    })()`);
      expect(output.trim()).toBe(printed.trim());
    });
  },
);
