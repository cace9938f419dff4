/**
 * Before the bridge: an older Node gets a sentence instead of a syntax error, and secrets leave the environment.
 * A process of the same user may read /proc/<pid>/environ of the bridge (Landlock guards its memory, not that), and
 * of an init that started it. So the secrets go into a file that only the bridge can reach, which it removes as it
 * reads them, and this process becomes the bridge (in a container: an init, and the bridge) with a clean environment.
 */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SECRETS = ['MHNOS_TOKEN', 'S3_ACCESS_KEY', 'S3_SECRET_KEY'];
const OLDER_SECRETS = ['MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY', 'MINIO_ROOT_USER', 'MINIO_ROOT_PASSWORD'];
const INIT = '/usr/bin/tini';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(`The runtime needs Node 24 or newer, and this is ${process.version}.`);
  console.error('On linux-x64 `npm ci --prefix runtime && npm start --prefix runtime` brings its own.');
  process.exit(1);
}

const secrets = {};
const env = { ...process.env };
for (const name of [...SECRETS, ...OLDER_SECRETS]) {
  if (env[name] === undefined) continue;
  secrets[name] = env[name];
  delete env[name];
}
const isInit = process.pid === 1 && existsSync(INIT);
const main = join(import.meta.dirname, 'main.ts');
if (Object.keys(secrets).length === 0 && !isInit) {
  await import('./main.ts');
} else {
  const file = join(mkdtempSync(join(tmpdir(), 'mhnos-start-')), 'secrets');
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  const command = [process.execPath, ...process.execArgv, main];
  const [program, ...args] = isInit ? [INIT, '--', ...command] : command;
  process.execve(program, [program, ...args], { ...env, MHNOS_SECRETS: file });
}
