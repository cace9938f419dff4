/** Objects with Node's fs API, mounted from the page; attributes of open files; watching; one snapshot under many containers. */
import { beforeAll, expect, test } from 'vitest';
import { zipOf } from '../../../contract/backends/archives.ts';
import { usePage } from '../../harness.ts';
import { foreignFilesScript } from './foreign-files.ts';

const opened = usePage();
const { run } = opened;

beforeAll(async () => {
  await opened.page.addScriptTag({ content: foreignFilesScript() });
});

const PROGRAM = `
const fs = require('node:fs');
const code = (action) => { try { return action() ?? 'done'; } catch (error) { return error.code; } };
process.chdir('/mounted');
const out = { hello: fs.readFileSync('hello.txt', 'utf8') };
fs.mkdirSync('made/deep', { recursive: true });
fs.writeFileSync('made/new.txt', 'made by a program');
fs.appendFileSync('made/new.txt', ', twice');
fs.renameSync('made/new.txt', 'made/deep/moved.txt');
const fd = fs.openSync('made/deep/moved.txt', 'r+');
out.ftruncate = code(() => fs.ftruncateSync(fd, 4));
out.fchmod = code(() => fs.fchmodSync(fd, 0o666));
out.fchown = code(() => fs.fchownSync(fd, 12, 34));
out.futimes = code(() => fs.futimesSync(fd, 1000, 2000));
fs.closeSync(fd);
const { mode, mtimeMs, uid, size } = fs.statSync('made/deep/moved.txt');
out.stat = [(mode & 0o777).toString(8), mtimeMs, uid, size];
out.symlink = code(() => fs.symlinkSync('hello.txt', 'soft'));
out.missing = code(() => fs.readFileSync('none'));
out.directory = code(() => fs.readFileSync('made'));
out.full = code(() => fs.rmdirSync('made'));
out.names = fs.readdirSync('.').sort();
console.log(JSON.stringify(out));
`;

/** Runs in the page. */
interface Foreign {
  promises: {
    writeFile(path: string, text: string): Promise<void>;
    readFile(path: string, encoding: 'utf8'): Promise<string>;
    readdir(path: string): Promise<string[]>;
  };
}

const expected = {
  hello: 'hello from the page',
  missing: 'ENOENT',
  directory: 'EISDIR',
  full: 'ENOTEMPTY',
  ftruncate: 'done',
};
const able = {
  fchmod: 'done',
  futimes: 'done',
  fchown: 'done',
  symlink: 'done',
  names: ['hello.txt', 'made', 'soft'],
};
const unable = {
  fchmod: 'ENOTSUP',
  futimes: 'ENOTSUP',
  fchown: 'ENOTSUP',
  symlink: 'ENOTSUP',
  names: ['hello.txt', 'made'],
};

test.each([
  ['memfs', able],
  ['inMemory', able],
  ['webAccess', unable],
] as const)('%s: programs and the page share its files', async (name, can) => {
  const result = await run(
    async ({ OpenAgentsContainer }, { name, program }) => {
      const { foreign } = globalThis as unknown as { foreign: Record<string, () => Promise<Foreign>> };
      const fs = await foreign[name]?.();
      if (fs === undefined) throw new Error(name);
      await fs.promises.writeFile('/hello.txt', 'hello from the page');
      const container = await OpenAgentsContainer.boot();
      const none = { symlinks: false, hardLinks: false, modes: false, owners: false, times: false };
      await container.mount((name === 'webAccess' ? { type: 'node', fs, capabilities: none } : fs) as never, {
        mountPoint: '/mounted',
      });
      await container.fs.writeFile('/tmp/program.cjs', program);
      const { stdout, stderr } = await container.exec('node /tmp/program.cjs');
      const seen = await fs.promises.readFile('/made/deep/moved.txt', 'utf8');
      await container.fs.writeFile('/mounted/by-page', 'page');
      const exported = Object.keys(await container.export('/mounted')).sort();
      await container.unmount('/mounted');
      const names = (await fs.promises.readdir('/')).includes('by-page');
      const empty = await container.fs.readdir('/mounted');
      await container.teardown();
      return { stdout, stderr, seen, names, empty, exported };
    },
    { name, program: PROGRAM },
  );
  expect(result.stderr).toBe('');
  const { stat, ...rest } = JSON.parse(result.stdout) as { stat: unknown[] };
  expect(rest).toEqual({ ...expected, ...can });
  if (can === able) expect(stat).toEqual(['666', 2_000_000, 12, 4]);
  expect(result).toMatchObject({ seen: 'made', names: true, empty: [] });
  expect(result.exported).toEqual(['by-page', ...can.names]);
});

const WATCHER = `
const fs = require('node:fs');
const seen = {};
const note = (name) => (seen[name] = []) && ((event, file) => seen[name].push(event + ' ' + file));
fs.watch('/mounted', note('folder'));
fs.watch('/mounted', { recursive: true }, note('recursive'));
fs.watch('/mounted/hello.txt', note('file'));
try { fs.watch('/mounted/none'); } catch (error) { seen.none = error.code; }
console.log('ready');
process.stdin.on('end', () => { console.log(JSON.stringify(seen)); process.exit(); }).resume();
`;
const CHANGER = `
const fs = require('node:fs');
process.chdir('/mounted');
fs.appendFileSync('hello.txt', '!');
fs.mkdirSync('d');
fs.writeFileSync('d/new', 'x');
fs.renameSync('d/new', 'd/renamed');
fs.unlinkSync('d/renamed');
fs.writeFileSync('.save', 'new text');
fs.renameSync('.save', 'hello.txt');
`;

test('what goes through the container into a mount is seen by who watches it', async () => {
  const result = await run(
    async ({ OpenAgentsContainer }, { watcher, changer }) => {
      const { foreign } = globalThis as unknown as { foreign: Record<string, () => Promise<Foreign>> };
      const fs = await foreign['memfs']?.();
      if (fs === undefined) throw new Error('memfs');
      await fs.promises.writeFile('/hello.txt', 'hello');
      const container = await OpenAgentsContainer.boot();
      await container.mount(fs as never, { mountPoint: '/mounted' });
      await container.fs.writeFile('/tmp/watcher.cjs', watcher);
      await container.fs.writeFile('/tmp/changer.cjs', changer);
      const page: string[] = [];
      const above: string[] = [];
      const note = (list: string[]) => (event: string, name: string | Uint8Array) =>
        void list.push(`${event} ${String(name)}`);
      container.fs.watch('/mounted', { recursive: true }, note(page));
      container.fs.watch('/', { recursive: true }, note(above));
      const watching = await container.spawn('node', ['/tmp/watcher.cjs']);
      const reader = watching.stdout.getReader();
      let text = (await reader.read()).value ?? '';
      const changed = await container.exec('node /tmp/changer.cjs');
      await container.fs.writeFile('/mounted/by-page', 'x');
      // Events come in order: when the page has the last one, so has everybody.
      while (!page.includes('change by-page')) await new Promise((go) => setTimeout(go, 5));
      await watching.input.close();
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
      await container.teardown();
      return { page, above, text, stderr: changed.stderr };
    },
    { watcher: WATCHER, changer: CHANGER },
  );
  expect(result.stderr).toBe('');
  const seen = JSON.parse(result.text.replace('ready\n', '')) as Record<string, string[]>;
  const all = [
    'change hello.txt',
    'rename d',
    'rename d/new',
    'change d/new',
    'rename d/new',
    'rename d/renamed',
    'rename d/renamed',
    'rename .save',
    'change .save',
    'rename .save',
    'rename hello.txt',
    'rename by-page',
    'change by-page',
  ];
  const onceEach = (events: string[]): string[] => events.filter((event, at) => event !== events[at - 1]);
  expect(onceEach(result.page)).toEqual(onceEach(all));
  // Node's own library watches folder by folder there.
  expect(seen['recursive']).toEqual(
    expect.arrayContaining(['change hello.txt', 'rename d', 'rename by-page']),
  );
  expect(onceEach(seen['folder'] ?? [])).toEqual(onceEach(all.filter((event) => !event.includes('/'))));
  expect(onceEach(seen['file'] ?? [])).toEqual(['change hello.txt', 'rename hello.txt']);
  const inMount = result.above
    .filter((event) => / mounted\//.test(event))
    .map((event) => event.replace('mounted/', ''));
  expect(onceEach(inMount)).toEqual(onceEach(all));
  expect(seen['none']).toBe('ENOENT');
});

test('many containers write over one snapshot, each for itself', async () => {
  const files = [
    { name: 'hello.txt', content: Buffer.from('hello') },
    { name: 'lib/module.js', content: Buffer.from('exports.value = 42;') },
  ];
  const result = await run(
    async ({ OpenAgentsContainer }, zip) => {
      const shared = new Blob([Uint8Array.from(atob(zip), (char) => char.charCodeAt(0))]);
      const lower = { type: 'zip', source: shared } as const;
      const [first, second] = await Promise.all([OpenAgentsContainer.boot(), OpenAgentsContainer.boot()]);
      for (const container of [first, second])
        await container.mount({ type: 'overlay', lower }, { mountPoint: '/app' });
      await first.exec(
        'echo first > /app/hello.txt; rm -r /app/lib; echo new > /app/new; chmod 600 /app/new',
      );
      const open = `const fs = require('fs'); const fd = fs.openSync('/app/hello.txt'); fs.fchmodSync(fd, 0o600); console.log((fs.fstatSync(fd).mode & 0o777).toString(8))`;
      const fchmod = (await second.exec(`node -e "${open}"`)).stdout;
      const look = async (container: typeof first): Promise<string> =>
        (
          await container.exec(
            'cat /app/hello.txt; echo; ls /app; node -p "require(\'/app/lib/module.js\').value" 2>&1 | tail -1',
          )
        ).stdout;
      const views = [await look(first), await look(second)];
      const snapshot = await first.export('/app');
      await Promise.all([first.teardown(), second.teardown()]);
      return { views, fchmod, snapshot: Object.keys(snapshot).sort() };
    },
    Buffer.from(zipOf(files)).toString('base64'),
  );
  expect(result.views[0]).toMatch(/^first\n\nhello\.txt\nnew\n/);
  expect(result.views[1]).toBe('hello\nhello.txt\nlib\n42\n');
  expect(result.fchmod).toBe('600\n');
  expect(result.snapshot).toEqual(['hello.txt', 'new']);
});
