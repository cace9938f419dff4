import type { NodeContext } from '../context.ts';
import { fillRandom } from '../crypto/random.ts';
import type { SqliteLibrary } from '../sqlite/library.ts';

/** `internalBinding('sqlite')`: SQLite as WebAssembly over the container's files, loaded when a program asks for it. */
export function createSqlite(context: NodeContext): object {
  const { realm } = context;
  const library = realm.library('sqlite') as SqliteLibrary;
  return library.create(context, realm.webAssembly('sqlite3.wasm'), (bytes) => {
    fillRandom(bytes, 0, bytes.length);
  });
}
