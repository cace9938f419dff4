import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a repository is made, changed and branched by git, and an unknown command is refused', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.exec(
      'git init -q . && git config user.name Ada && git config user.email ada@example.org',
    );
    await container.fs.writeFile('poem.txt', 'one\n');
    const before = await container.exec('git status -s');
    await container.exec('git add . && git commit -q -m first && echo two >> poem.txt');
    const changed = await container.exec('git diff | tail -n 3');
    await container.exec('git checkout -q -b other && git commit -q -am second');
    const log = await container.exec('git log --format="%an %s" && git branch && git status -s');
    const unknown = await container.exec('git no-such-command');
    await container.teardown();
    return {
      before: before.stdout,
      changed: changed.stdout,
      log: log.stdout,
      unknown: [unknown.exitCode, unknown.stderr],
    };
  });
  expect(result).toEqual({
    before: '?? poem.txt\n',
    changed: '@@ -1 +1,2 @@\n one\n+two\n',
    log: 'Ada second\nAda first\n  master\n* other\n',
    unknown: [1, "git: 'no-such-command' is not a git command. See 'git --help'.\n"],
  });
});
