import { describe, it } from 'vitest';
import { useApp } from './app.ts';
import { registryProblem } from './registry.ts';

describe.skipIf(registryProblem !== undefined)('files and versions', () => {
  const made = useApp({
    chokidar: '6.0.0',
    'fs-extra': '11.4.1',
    glob: '14.0.6',
    'isomorphic-git': '1.44.19',
    rimraf: '6.1.4',
  });

  it('fs-extra, glob, rimraf: copy, move, patterns, removal', async () => {
    await made.app.expectSame(
      'rm -rf tree copy moved; node tree.mjs; rimraf copy && rimraf --glob "moved/*.js" && ls moved',
      {
        files: {
          'tree.mjs': `
          import fs from 'fs-extra';
          import { glob, globSync } from 'glob';
          for (const name of ['a.js', 'b/c.js', 'b/d.ts', '.hidden/e.js', 'ü/f.js']) await fs.outputFile('tree/' + name, name);
          await fs.ensureSymlink('tree/a.js', 'tree/link.js');
          await fs.outputJson('tree/data.json', { a: [1] }, { spaces: 2 });
          console.log(await fs.readJson('tree/data.json'), await fs.pathExists('tree/none'));
          await fs.copy('tree', 'copy', { filter: (name) => !name.endsWith('.ts'), preserveTimestamps: true });
          await fs.move('copy/b', 'moved', { overwrite: true });
          await fs.move('moved', 'copy').catch((error) => console.log(error.message));
          await fs.copy('tree', 'tree/b').catch((error) => console.log(error.message));
          console.log((await glob('tree/**/*.{js,ts}', { ignore: '**/d.*' })).sort(), globSync('tree/**/*.js', { dot: true }).sort());
          console.log((await glob('copy/**', { withFileTypes: true })).map((entry) => [entry.relative(), entry.isSymbolicLink()]).sort());
          // utimes(2) is given a Date as seconds of floating point: whole milliseconds, nearly.
          console.log((await fs.stat('copy/a.js')).mtime.getTime() === (await fs.stat('tree/a.js')).mtime.getTime());`,
        },
      },
    );
  });

  it('chokidar: files and folders that come, change and go', async () => {
    await made.app.expectSame('rm -rf seen; mkdir -p seen/deep && echo 1 > seen/first && node watch.mjs', {
      files: {
        'watch.mjs': `
          import { mkdirSync, renameSync, rmSync, writeFileSync } from 'fs';
          import { watch } from 'chokidar';
          const watcher = watch('seen', { atomic: false });
          const waiting = [];
          watcher.on('all', (event, name) => {
            console.log(event, name);
            const at = waiting.findIndex((wanted) => wanted.what === event + ' ' + name);
            if (at >= 0) waiting.splice(at, 1)[0].resolve();
          });
          const seen = (what) => new Promise((resolve) => waiting.push({ what, resolve }));
          await new Promise((resolve) => watcher.on('ready', resolve));
          console.log('ready');
          const steps = [
            ['add seen/deep/new', () => writeFileSync('seen/deep/new', '1')],
            ['change seen/deep/new', () => writeFileSync('seen/deep/new', 'longer')],
            ['addDir seen/more', () => mkdirSync('seen/more')],
            ['add seen/more/file', () => writeFileSync('seen/more/file', '1')],
            ['unlink seen/first', () => rmSync('seen/first')],
            ['unlinkDir seen/more', () => rmSync('seen/more', { recursive: true })],
          ];
          for (const [what, act] of steps) {
            const came = seen(what);
            act();
            await came;
            // So that two steps do not come as one.
            await new Promise((resolve) => setTimeout(resolve, 150));
          }
          await watcher.close();
          console.log('closed');`,
      },
    });
  });

  it('isomorphic-git: init, add, commit, log, status, branches, merge, checkout', async () => {
    await made.app.expectSame('rm -rf repository; node git.mjs', {
      files: {
        'git.mjs': `
          import fs from 'fs';
          import git from 'isomorphic-git';
          const at = { fs, dir: 'repository' };
          const author = { name: 'A', email: 'a@example.org', timestamp: 1700000000, timezoneOffset: 0 };
          const commit = async (name, text, message) => {
            await fs.promises.writeFile('repository/' + name, text);
            await git.add({ ...at, filepath: name });
            return git.commit({ ...at, message, author });
          };
          await git.init({ ...at, defaultBranch: 'main' });
          console.log(await commit('a', 'one\\n', 'first'));
          await git.branch({ ...at, ref: 'side', checkout: true });
          console.log(await commit('b', 'two\\n', 'second'));
          await git.checkout({ ...at, ref: 'main' });
          console.log(fs.existsSync('repository/b'), await commit('c', 'three\\n', 'third'));
          console.log(await git.merge({ ...at, ours: 'main', theirs: 'side', author }));
          await git.checkout({ ...at, ref: 'main' });
          await fs.promises.writeFile('repository/a', 'changed');
          console.log(await git.statusMatrix(at), await git.listBranches(at), await git.status({ ...at, filepath: 'a' }));
          console.log((await git.log(at)).map(({ oid, commit }) => [oid, commit.message, commit.parent.length]));
          await git.checkout({ ...at, ref: 'main', force: true });
          console.log(String(fs.readFileSync('repository/a')), await git.listFiles(at));
          const { packfile } = await git.packObjects({ ...at, oids: [await git.resolveRef({ ...at, ref: 'main' })] });
          console.log(packfile.length > 0);`,
      },
    });
  });

  it('isomorphic-git: a clone over HTTP of a repository on loopback, by the simple protocol of packs', async () => {
    await made.app.expectSame('rm -rf origin clone; node clone.mjs', {
      files: {
        'clone.mjs': `
          import fs from 'fs';
          import nodeHttp from 'http';
          import git from 'isomorphic-git';
          import http from 'isomorphic-git/http/node';
          const author = { name: 'A', email: 'a@example.org', timestamp: 1700000000, timezoneOffset: 0 };
          const origin = { fs, dir: 'origin' };
          await git.init({ ...origin, defaultBranch: 'main' });
          const oids = new Set();
          for (const [name, text] of [['README', 'hello\\n'], ['large', 'line\\n'.repeat(40000)]]) {
            fs.writeFileSync('origin/' + name, text);
            await git.add({ ...origin, filepath: name });
            await git.commit({ ...origin, message: 'adds ' + name, author });
          }
          const walk = async (oid) => {
            if (oids.has(oid)) return;
            oids.add(oid);
            const { type, object } = await git.readObject({ ...origin, oid, format: 'parsed' });
            if (type === 'commit') for (const next of [object.tree, ...object.parent]) await walk(next);
            if (type === 'tree') for (const entry of object) await walk(entry.oid);
          };
          const main = await git.resolveRef({ ...origin, ref: 'main' });
          await walk(main);
          const line = (text) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
          const server = nodeHttp.createServer(async (request, response) => {
            let asked = 0;
            for await (const part of request) asked += part.length;
            const { pathname } = new URL(request.url, 'http://localhost');
            if (pathname === '/origin.git/info/refs') {
              response.setHeader('content-type', 'application/x-git-upload-pack-advertisement');
              const capabilities = 'side-band-64k symref=HEAD:refs/heads/main agent=git/2';
              response.end(line('# service=git-upload-pack\\n') + '0000' + line(main + ' HEAD\\0' + capabilities + '\\n') + line(main + ' refs/heads/main\\n') + '0000');
            } else {
              const { packfile } = await git.packObjects({ ...origin, oids: [...oids] });
              response.setHeader('content-type', 'application/x-git-upload-pack-result');
              response.write(line('NAK\\n'));
              for (let from = 0; from < packfile.length; from += 1000) {
                const part = packfile.subarray(from, from + 1000);
                response.write((part.length + 5).toString(16).padStart(4, '0'));
                response.write(Buffer.concat([Buffer.of(1), part]));
              }
              response.end('0000');
              console.log('packed', asked > 0);
            }
          });
          server.listen(0, async () => {
            await git.clone({ fs, http, dir: 'clone', url: 'http://localhost:' + server.address().port + '/origin.git' });
            console.log(fs.readdirSync('clone').sort(), fs.statSync('clone/large').size, await git.currentBranch({ fs, dir: 'clone' }));
            console.log((await git.log({ fs, dir: 'clone' })).map(({ oid, commit }) => oid + ' ' + commit.message));
            server.closeAllConnections();
            server.close();
          });`,
      },
    });
  });
});
