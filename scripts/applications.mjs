// `node scripts/applications.mjs [report]`: writes docs/applications.md from vitest's JSON report of the tests in test/real,
// such as `npm run test:long` leaves. What is in the table has run; nothing is added by hand.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const report = process.argv[2] ?? path.join(root, '.cache/test-report.json');
const { testResults } = JSON.parse(await readFile(report, 'utf8'));

const SHOWN = { passed: 'equal', failed: 'differs', pending: 'not run', skipped: 'not run' };
const rows = testResults
  .filter(({ name }) => name.includes('/test/real/'))
  .flatMap(({ assertionResults }) => assertionResults)
  .map(
    ({ ancestorTitles, title, status }) =>
      [...ancestorTitles.slice(1), title].join(': ') + ` | ${SHOWN[status] ?? status}`,
  )
  .sort();

if (rows.length === 0) throw new Error(`${report} has no results of test/real`);
const text = `# Applications

Real applications (those that the tests have so far) at pinned versions, installed by npm and run both in a container and on native Node ${'24.21.0'}, with
output, errors, exit codes and files compared. Written by \`scripts/applications.mjs\` from the results of
\`npm run test:long\`.

| Application | Beside native Node |
| --- | --- |
${rows.map((row) => `| ${row} |`).join('\n')}
`;
await writeFile(path.join(root, 'docs/applications.md'), text);
