import { readdirSync } from 'node:fs';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

/** Lints text as though it stood in the file, and gives the rules that it breaks. */
async function rulesBroken(filePath: string, text: string): Promise<string[]> {
  const [result] = await new ESLint().lintText(text, { filePath });
  const errors = (result?.messages ?? []).filter((message) => message.severity === 2);
  return errors.map((message) => message.ruleId ?? message.message);
}

/** A source file of the layer: the rule resolves imports, so its target has to exist. */
function someFileOf(layer: string): string | undefined {
  return readdirSync(layer).find((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
}

/** Importer, imported: each of these would break the layering. */
const FORBIDDEN = [
  ['polyfills', 'vfs'],
  ['vfs', 'polyfills'],
  ['src/base', 'vfs'],
  ['src/kernel', 'src/process'],
  ['src/process', 'src/kernel'],
  ['src/kernel', 'polyfills'],
  ['container-api', 'vfs'],
  ['container-api', 'src/kernel'],
  ['src/base', 'test'],
] as const;

describe('the layers', () => {
  it.each(FORBIDDEN)('%s must not import %s', async (importer, imported) => {
    const target = someFileOf(imported);
    if (target === undefined) return;
    const up = '../'.repeat(importer.split('/').length);
    const broken = await rulesBroken(`${importer}/probe.ts`, `import '${up}${imported}/${target}';\n`);
    expect(broken).toContain('import-x/no-restricted-paths');
  });

  it('may import along the direction', async () => {
    const text = "import { errnoName } from '../src/base/errno.ts';\nexport const name = errnoName(2);\n";
    expect(await rulesBroken('polyfills/probe.ts', text)).toEqual([]);
  });
});

describe('the language', () => {
  it('has no `any`, no non-null assertion and no silenced compiler', async () => {
    const text = 'export const a = (x: any) => x!.y;\n// @ts-ignore\nexport const b = 1;\n';
    expect(await rulesBroken('src/base/probe.ts', text)).toEqual(
      expect.arrayContaining([
        '@typescript-eslint/no-explicit-any',
        '@typescript-eslint/no-non-null-assertion',
        '@typescript-eslint/ban-ts-comment',
      ]),
    );
  });
});
