/** The runtime's entry: settings, token, server, and a stop that leaves nothing running. */
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { newToken } from './auth/token.ts';
import { startBridge, type Bridge } from './bridge.ts';
import { createLog } from './log.ts';
import { SandboxError } from './sandbox/sandbox.ts';
import { readSettings, SettingsError, type Settings } from './settings.ts';
import { VERSION } from './version.ts';

/** `sysexits.h`: the configuration is wrong. */
const EX_CONFIG = 78;

/** What start.mjs took out of the environment; the file is gone once it is read. */
function takeSecrets(): Record<string, string> {
  const file = process.env['MHNOS_SECRETS'];
  if (file === undefined) return {};
  delete process.env['MHNOS_SECRETS'];
  const secrets = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  rmSync(dirname(file), { recursive: true });
  return secrets;
}

function settingsOrExit(): Settings {
  try {
    return readSettings({ ...process.env, ...takeSecrets() });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const problem of error.problems) console.error(problem);
    process.exit(EX_CONFIG);
  }
}

function startFailure(error: unknown, settings: Settings): string {
  if (error instanceof SandboxError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Port ${settings.port} is taken: another runtime, perhaps. Stop it, or set MHNOS_RUNTIME_PORT.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The first signal stops in order, the second at once. */
function stopOnSignals(bridge: Bridge, log: ReturnType<typeof createLog>): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info(`${signal}: stopping`);
    void bridge.stop().finally(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
}

const settings = settingsOrExit();
const log = createLog(settings.logLevel);
for (const warning of settings.warnings) log.warn(warning);
const token = settings.token ?? newToken();
try {
  const bridge = await startBridge(settings, token, log);
  stopOnSignals(bridge, log);
  const { mode, landlock } = bridge.sandbox;
  console.log(`mhnos-runtime ${VERSION} listening on ws://${settings.host}:${bridge.port}`);
  console.log(
    `workspace ${settings.workspace}, sandbox ${mode}${landlock > 0 ? ` (Landlock ${landlock})` : ''}`,
  );
  if (settings.token === undefined) console.log(`token ${token}`);
  if (mode !== 'strict') log.warn(`sandbox ${mode}: processes can read what this user can`);
  if (mode !== 'none' && process.getuid?.() === 0)
    log.warn('running as root: better run as a user of its own');
} catch (error) {
  console.error(startFailure(error, settings));
  process.exit(EX_CONFIG);
}
