/** What commands ask of the page: an editor, files of the user's disk, archives. */
import { expect, test } from 'vitest';
import { usePage } from '../harness.ts';

const { run } = usePage();

test('edit, upload and backup reach the page, and say what is missing where it does not do them', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.mount({
      'a.txt': { file: { contents: 'a' } },
      src: { directory: { 'b.txt': { file: { contents: 'b' } } } },
    });
    // The driver of the page counts as a person's click, for some seconds.
    while (navigator.userActivation.isActive) await new Promise((resolve) => setTimeout(resolve, 100));
    const bare = await container.exec('edit a.txt; upload');
    const edited: string[] = [];
    const saved: string[] = [];
    let archive = new Uint8Array();
    container.actions.handle({
      edit: (path) => void edited.push(path),
      pickFiles: ({ multiple }) =>
        Promise.resolve(
          multiple
            ? [new File(['one'], 'one.txt'), new File(['two'], 'two.txt')]
            : [new File([archive], 'src.tar')],
        ),
      save: (name, bytes) => {
        saved.push(name);
        archive = bytes;
      },
    });
    const upload = await container.exec('cd src && edit new.txt && upload . && cat one.txt two.txt');
    const there = await container.exec(
      'backup export src && rm -r src && mkdir src && cd src && backup import && cat b.txt',
    );
    const file = await container.exec(
      'backup export src /tmp/x.tar && mkdir y && cd y && backup import /tmp/x.tar && ls',
    );
    const wrong = await container.exec('edit; edit src; backup; backup import nothing.tar; upload -x');
    await container.teardown();
    return { bare, edited, upload, saved, there, file, wrong };
  });
  expect(result.bare.stderr).toMatch(
    /edit: this page has no editor.*\nupload: the browser shows its file dialog/,
  );
  expect(result.edited).toEqual(['/home/project/src/new.txt']);
  expect(result.upload.stdout).toBe('/home/project/src/one.txt\n/home/project/src/two.txt\nonetwo');
  expect(result.saved).toEqual(['src.tar']);
  expect(result.there.stdout).toContain('src.tar unpacked into /home/project/src\n');
  expect(result.there.stdout.endsWith('b')).toBe(true);
  expect(result.file.stdout).toContain('/tmp/x.tar unpacked into /home/project/y\n');
  expect(result.file.stdout).toContain('b.txt\n');
  expect(result.wrong.stderr).toMatch(
    /Usage: edit file\nedit: src: is a directory\nUsage: backup export[^]*backup: [^\n]*nothing\.tar[^]*Usage: upload/,
  );
});

test('xdg-open and code tell the page what to show', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const told: unknown[] = [];
    container.on('xdg-open', (target) => told.push(target));
    container.on('code', (action, { files }) => told.push([action, ...files]));
    const { exitCode, stderr } = await container.exec(
      'xdg-open http://localhost:3000/a; touch a b; xdg-open a; code -g a:3:7; code --diff a b; xdg-open none',
    );
    const { stderr: usage } = await container.exec('xdg-open; code --diff a');
    await container.teardown();
    return { told, exitCode, stderr, usage };
  });
  expect(result).toEqual({
    told: [
      'http://localhost:3000/a',
      '/home/project/a',
      ['open', { filepath: '/home/project/a', line: 3, column: 7 }],
      ['diff', { filepath: '/home/project/a' }, { filepath: '/home/project/b' }],
    ],
    exitCode: 2,
    stderr: "xdg-open: file 'none' does not exist\n",
    usage: expect.stringMatching(/^Usage: xdg-open .*\nUsage: code /) as string,
  });
});
