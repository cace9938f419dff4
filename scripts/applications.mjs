// `node scripts/applications.mjs [report …]`: writes docs/applications.md from vitest's JSON reports of the tests in
// test/real, such as `npm run test:long` leaves (a later report counts where a test stands in several). The applications
// are those of test/real/applications.json; what is said of each has run.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { NODE_VERSION } from './node-layer/version.mjs';

const root = path.resolve(import.meta.dirname, '..');
const given = process.argv.slice(2);
const reports = given.length > 0 ? given : [path.join(root, '.cache/test-report.json')];

/** Titles of a test and of what it stands in → passed, failed or skipped. */
const results = new Map();
for (const report of reports) {
  const { testResults } = JSON.parse(await readFile(report, 'utf8'));
  for (const { assertionResults } of testResults.filter(({ name }) => name.includes('/test/real/'))) {
    for (const { ancestorTitles, title: own, status } of assertionResults) {
      const title = [...ancestorTitles.slice(1), own].join(': ');
      const known = results.get(title);
      if (known === undefined || status === 'passed' || status === 'failed') results.set(title, status);
    }
  }
}
if (results.size === 0) throw new Error(`no results of test/real in ${reports.join(', ')}`);

/** What was compared and came out so, by the tests' own words. */
function compared({ tests }, ...statuses) {
  const own = [...results].filter(
    ([title, status]) => statuses.includes(status) && tests.some((part) => title.includes(part)),
  );
  return own.map(([title]) => title.split(': ').slice(-2).join(': ').replaceAll('|', '\\|'));
}

const applications = JSON.parse(await readFile(path.join(root, 'test/real/applications.json'), 'utf8'));
const rows = applications.map((application) => {
  const equal = compared(application, 'passed');
  const differs = [...compared(application, 'failed'), ...(application.differs ?? [])];
  const left = compared(application, 'pending', 'skipped');
  if (equal.length + differs.length + left.length === 0) left.push('not tried');
  return `| ${application.name} | ${[equal, differs, left].map((list) => list.join('; ')).join(' | ')} |`;
});
const text = `# Applications

Forty applications at pinned versions, in the order of their use, and some more: installed by npm and run both in a container and on native
Node ${NODE_VERSION}, with output, errors, exit codes and files compared. Written by \`scripts/applications.mjs\` from the
results of \`npm run test:long\`; those that take minutes each run with \`OAC_APPS=all\`, applications' own suites with
\`OAC_SUITES=folder\`, which holds their sources by name.

| Application | Equal | Differs | Not run |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
const file = path.join(root, 'docs/applications.md');
await writeFile(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
