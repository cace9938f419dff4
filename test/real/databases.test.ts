import { describe, it } from 'vitest';
import { useApp } from './app.ts';
import { registryProblem } from './registry.ts';

describe.skipIf(registryProblem !== undefined)('databases', () => {
  const made = useApp({ '@electric-sql/pglite': '0.5.17', 'drizzle-orm': '0.45.4', 'sql.js': '1.16.0' });

  it('drizzle and sql.js: create, read, update, delete; kept in a file', async () => {
    await made.app.expectSame('rm -f kept.sqlite; node sqlite.mjs && node sqlite.mjs', {
      files: {
        'sqlite.mjs': `
          import { existsSync, readFileSync, writeFileSync } from 'fs';
          import initSqlJs from 'sql.js';
          import { drizzle } from 'drizzle-orm/sql-js';
          import { desc, eq } from 'drizzle-orm';
          import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
          const SQL = await initSqlJs();
          const file = 'kept.sqlite';
          const raw = new SQL.Database(existsSync(file) ? readFileSync(file) : undefined);
          raw.run('create table if not exists users (id integer primary key, name text not null, age integer)');
          const users = sqliteTable('users', { id: integer('id').primaryKey(), name: text('name').notNull(), age: integer('age') });
          const db = drizzle(raw);
          db.insert(users).values([{ name: 'ä', age: 1 }, { name: 'b', age: 2 }]).run();
          db.update(users).set({ age: 9 }).where(eq(users.name, 'b')).run();
          db.delete(users).where(eq(users.age, 7)).run();
          console.log(db.select().from(users).orderBy(desc(users.id)).all());
          try { db.insert(users).values({ name: null }).run(); } catch (error) { console.log(String(error.cause ?? error)); }
          writeFileSync(file, raw.export());`,
      },
    });
  });

  it('drizzle and pglite: transactions, JSON, an error; kept in a folder', async () => {
    await made.app.expectSame('rm -rf kept.pg; node postgres.mjs && node postgres.mjs; rm -rf kept.pg', {
      files: {
        'postgres.mjs': `
          import { PGlite } from '@electric-sql/pglite';
          import { drizzle } from 'drizzle-orm/pglite';
          import { eq, sql } from 'drizzle-orm';
          import { jsonb, pgTable, serial, text } from 'drizzle-orm/pg-core';
          const client = await PGlite.create('./kept.pg');
          await client.exec('create table if not exists notes (id serial primary key, title text unique, extra jsonb)');
          const notes = pgTable('notes', { id: serial('id').primaryKey(), title: text('title'), extra: jsonb('extra') });
          const db = drizzle(client);
          const count = await db.$count(notes);
          await db.insert(notes).values({ title: 'n' + count, extra: { tags: ['x', count] } });
          await db.transaction(async (tx) => { await tx.insert(notes).values({ title: 'gone' }); tx.rollback(); }).catch((error) => console.log(error.message));
          await db.insert(notes).values({ title: 'n0' }).catch((error) => console.log(error.cause?.code, error.cause?.message));
          console.log(JSON.stringify(await db.select().from(notes).where(eq(sql\`extra->'tags'->>0\`, 'x'))));
          console.log((await client.query('select version()')).rows[0].version.split(' ').slice(0, 2));
          await client.close();`,
      },
    });
  });
});
