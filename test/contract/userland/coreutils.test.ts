import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHost, runUserland } from '../../support/run-userland.ts';
import type { Case } from './case.ts';
import { ARCHIVE_GROUPS } from './archive-cases.ts';
import { GROUPS } from './cases.ts';
import { AWK_GROUPS } from './awk-cases.ts';
import { DIFF_GROUPS } from './diff-cases.ts';
import { FILE_GROUPS } from './file-cases.ts';
import { FIND_GROUPS } from './find-cases.ts';
import { LISTING_GROUPS } from './listing-cases.ts';
import { SEARCH_GROUPS } from './search-cases.ts';
import { SED_GROUPS } from './sed-cases.ts';
import { TOOL_GROUPS } from './tool-cases.ts';

const GNU =
  process.platform === 'linux' && runHost(['sort', '--version'], '/').stdout.includes('GNU coreutils');

/** Each case runs by our program and by this machine's GNU tool, in two equal folders; everything must be equal. */
describe.skipIf(!GNU)('commands equal GNU coreutils', () => {
  describe.each(
    [
      ...GROUPS,
      ...LISTING_GROUPS,
      ...SEARCH_GROUPS,
      ...SED_GROUPS,
      ...FIND_GROUPS,
      ...FILE_GROUPS,
      ...AWK_GROUPS,
      ...DIFF_GROUPS,
      ...ARCHIVE_GROUPS,
      ...TOOL_GROUPS,
    ].map((group) => ({
      title: group[0]?.argv[0] ?? '',
      group,
    })),
  )('from $title', ({ group }) => {
    const roots = ['ours', 'gnu'].map((who) => fs.mkdtempSync(path.join(os.tmpdir(), `coreutils-${who}-`)));
    const [ours = '', theirs = ''] = roots;
    beforeAll(() => roots.forEach(populate));
    afterAll(() => roots.forEach((root) => fs.rmSync(root, { recursive: true, force: true })));

    const lines = group.map((one) => ({ ...one, line: one.argv.join(' ') }));
    it.skipIf(!hasTool(group)).each(lines)('$line', ({ argv, input }) => {
      const mine = runUserland(argv, ours, input);
      const real = runHost(argv, theirs, input);
      expect({ status: mine.status, stdout: mine.stdout }).toEqual({
        status: real.status,
        stdout: real.stdout,
      });
      expect(listing(ours)).toEqual(listing(theirs));
    });
  });
});

/** Not every machine has xxd, zip, tree, …. */
const hasTool = (group: readonly Case[]): boolean =>
  group.every(({ argv: [tool = ''] }) => runHost(['which', tool], '/').status === 0);

function populate(root: string): void {
  const write = (name: string, text: string | Buffer): void => fs.writeFileSync(path.join(root, name), text);
  write('words', 'pear\napple\nfig\nbanana\napple\n\n\n\ncherry\n');
  write('numbers', '10\n9\n-3\n2.5\n1e3\n100\n07\n');
  write('table', 'b 2 x\na 10 y\nc 1 z\na 2 w\n');
  write('utf8', 'naïve café\nüber\n日本語\n\tab\tcd\n');
  write('bytes', Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
  write('noeol', 'one\ntwo');
  write('empty', '');
  fs.mkdirSync(path.join(root, 'dir/sub/deep'), { recursive: true });
  write('dir/a.txt', 'alpha\n');
  write('dir/sub/b.txt', 'beta\n');
  fs.symlinkSync('words', path.join(root, 'link'));
  fs.symlinkSync('nowhere', path.join(root, 'dangling'));
  settleTimes(root);
}

/** The same times in both folders. */
function settleTimes(root: string): void {
  const paths = (fs.readdirSync(root, { recursive: true }) as string[]).sort().reverse();
  paths.forEach((name, index) =>
    fs.lutimesSync(path.join(root, name), FIRST_TIME, FIRST_TIME + index * 1000),
  );
  fs.utimesSync(root, FIRST_TIME, FIRST_TIME);
}
const FIRST_TIME = 1_600_000_000;

/** Every path below `root` with its type, mode and content. */
function listing(root: string): string[] {
  return (fs.readdirSync(root, { recursive: true }) as string[]).sort().map((name) => {
    const file = path.join(root, name);
    const stats = fs.lstatSync(file);
    const content = stats.isSymbolicLink()
      ? fs.readlinkSync(file)
      : stats.isFile()
        ? fs.readFileSync(file, 'latin1')
        : '';
    return `${stats.mode.toString(8)} ${stats.nlink} ${name} ${content}`;
  });
}
