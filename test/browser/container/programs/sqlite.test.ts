import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a database is a file: kept by name, shared between processes, locked while one writes', async () => {
  const result = await run(
    async ({ OpenAgentsContainer }, files) => {
      const persist = `sqlite-${Date.now()}`;
      const first = await OpenAgentsContainer.boot({ persist });
      await first.mount(files);
      const locked = await first.exec('node writer.js', { timeoutMs: 120_000 });
      await first.teardown();
      const second = await OpenAgentsContainer.boot({ persist });
      const kept = await second.exec(
        `node -e "console.log(JSON.stringify(new (require('node:sqlite').DatabaseSync)('file.db', { readOnly: true }).prepare('SELECT * FROM notes').all()))"`,
        { timeoutMs: 120_000 },
      );
      await second.teardown();
      return { locked, kept };
    },
    {
      'writer.js': {
        file: {
          contents: `
            const { DatabaseSync } = require('node:sqlite');
            const { spawn, spawnSync } = require('node:child_process');
            const db = new DatabaseSync('file.db');
            db.exec('CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT) STRICT');
            const other = (what) => spawnSync('node', ['other.js', what], { encoding: 'utf8' }).stdout.trim();
            db.exec("BEGIN IMMEDIATE; INSERT INTO notes(text) VALUES ('one')");
            console.log(other('read'), other('write'));
            db.exec('COMMIT');
            console.log(other('read'), other('write'));
            // One that dies holding the lock lets it go, and what it began is rolled back.
            const child = spawn('node', ['other.js', 'hold'], { stdio: ['ignore', 'pipe', 'inherit'] });
            child.stdout.once('data', () => {
              console.log(other('write'));
              child.kill('SIGKILL');
            });
            child.on('exit', () => {
              console.log(other('read'));
            });`,
        },
      },
      'other.js': {
        file: {
          contents: `
            const { DatabaseSync } = require('node:sqlite');
            const db = new DatabaseSync('file.db');
            const tell = (call) => { try { return call(); } catch (error) { return error.code + ':' + error.errcode; } };
            const insert = () => db.prepare("INSERT INTO notes(text) VALUES ('other')").run().changes;
            const acts = {
              read: () => db.prepare('SELECT count(*) AS n FROM notes').get().n,
              write: insert,
              hold: () => { db.exec('BEGIN IMMEDIATE'); insert(); setInterval(() => {}, 1000); return 'held'; },
            };
            console.log(tell(acts[process.argv[2]]));`,
        },
      },
    },
  );
  expect(result.locked.stderr).not.toMatch(/Error/);
  expect(result.locked.stdout).toBe('0 ERR_SQLITE_ERROR:5\n1 1\nERR_SQLITE_ERROR:5\n2\n');
  expect(JSON.parse(result.kept.stdout)).toEqual([
    { id: 1, text: 'one' },
    { id: 2, text: 'other' },
  ]);
});
