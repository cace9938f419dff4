/** SQLite as a script: hands what makes the binding to whoever loads it (polyfills/realm/builtins.ts). */
import { createDatabaseClasses } from './database.ts';
import { SqliteErrors } from './connection.ts';
import { Engine } from './engine.ts';
import { Objects } from './objects.ts';
import type { SqliteLibrary } from './library.ts';
import { ContainerVfs } from './vfs.ts';

const library: SqliteLibrary = {
  create(context, wasm, random) {
    const engine = new Engine(wasm, context.system);
    engine.api.sqlite3_initialize();
    new ContainerVfs(engine, context.system, random);
    const errors = new SqliteErrors(engine, context);
    return createDatabaseClasses({ engine, context, errors, objects: new Objects() });
  },
};

interface Receiver {
  $library(library: unknown): void;
}
(globalThis as unknown as { __oacBuiltins: Receiver }).__oacBuiltins.$library(library);
