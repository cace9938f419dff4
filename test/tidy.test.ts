import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** The house's sizes: a file is a room with one job, a function fits a screen. */
const FILE_LINES_MAX = 500;
const FUNCTION_LINES_MAX = 70;

/** Functions that may be longer, each with its reason. */
const LONG_FUNCTIONS: Record<string, string> = {
  'vfs/path.ts:walkPath': 'one loop over the components of a path, whose state every branch shares',
};

/** Everything that may stand at the top of the repository. */
const TOP_LEVEL = new Set([
  '.ci',
  '.gitignore',
  '.prettierignore',
  '.prettierrc.json',
  'LICENSE',
  'README.md',
  'bench',
  'bin',
  'container-api',
  'docs',
  'eslint.config.js',
  'examples',
  'node-commands',
  'package-lock.json',
  'package.json',
  'polyfills',
  'runtime',
  'scripts',
  'src',
  'test',
  'tsconfig.base.json',
  'tsconfig.json',
  'userland',
  'vfs',
  'vite.config.ts',
]);

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => name !== '' && !name.startsWith('test/fixtures/'));
const sources = files.filter(
  (name) => /\.(ts|mjs|js)$/.test(name) && !name.startsWith('polyfills/generated/'),
);

/** Lines of a function that belong to no function within it: a factory of small closures is as long as what is its own. */
function ownLines(node: ts.Node, source: ts.SourceFile): number {
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  let lines = lineOf(node.getEnd()) - lineOf(node.getStart(source)) + 1;
  const subtractNested = (child: ts.Node): void => {
    if (ts.isFunctionLike(child) || ts.isClassLike(child)) {
      lines -= Math.max(0, lineOf(child.getEnd()) - lineOf(child.getStart(source)) - 1);
    } else ts.forEachChild(child, subtractNested);
  };
  ts.forEachChild(node, subtractNested);
  return lines;
}

interface Findings {
  longFunctions: string[];
  anys: string[];
}

function examine(name: string): Findings {
  const source = ts.createSourceFile(name, readFileSync(name, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Findings = { longFunctions: [], anys: [] };
  const isTest = name.endsWith('.test.ts');
  const visit = (node: ts.Node): void => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    if (node.kind === ts.SyntaxKind.AnyKeyword) found.anys.push(`${name}:${line}`);
    if (!isTest && ts.isFunctionLike(node)) {
      const label = `${name}:${node.name?.getText(source) ?? 'anonymous'}`;
      const lines = ownLines(node, source);
      if (lines > FUNCTION_LINES_MAX && !(label in LONG_FUNCTIONS)) {
        found.longFunctions.push(`${label} (line ${line}): ${lines} lines`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('the repository is tidy', () => {
  it('has no file over the size', () => {
    const long = sources
      .map((name) => ({ name, lines: readFileSync(name, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > FILE_LINES_MAX);
    expect(long).toEqual([]);
  });

  it('has no function over the size and no `any`', () => {
    const findings = sources.map(examine);
    expect(findings.flatMap((found) => found.longFunctions)).toEqual([]);
    expect(findings.flatMap((found) => found.anys)).toEqual([]);
  });

  it('has no marker of unfinished work', () => {
    const marker = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);
    const marked = sources.filter((name) => marker.test(readFileSync(name, 'utf8')));
    expect(marked).toEqual([]);
  });

  it('has only known entries at the top', () => {
    const entries = new Set(files.map((name) => name.split('/')[0] ?? name));
    expect([...entries].filter((entry) => !TOP_LEVEL.has(entry))).toEqual([]);
  });
});
