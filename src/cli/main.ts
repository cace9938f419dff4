/** `oac`: see USAGE. Loaded by bin/oac.js. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArguments, USAGE } from './arguments.ts';
import { ExitCode, Failure } from './failure.ts';
import { checkStore } from './check-store.ts';
import { registryRoute, relayRoute } from './relay.ts';
import { runCommand } from './run-command.ts';
import { startServer } from './server.ts';
import type { Route } from './server.ts';
import { DIST, requireBuild } from './session.ts';

const toPlayground: Route = (_request, response, url) => {
  if (url.pathname !== '/') return false;
  response.writeHead(302, { Location: '/playground/' }).end();
  return true;
};

async function serve(port: number): Promise<void> {
  requireBuild();
  const server = await startServer(DIST, { port, routes: [toPlayground, relayRoute, registryRoute] }).catch(
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Failure('ERR_PORT_TAKEN', `Port ${port} cannot be listened on: ${reason}`);
    },
  );
  process.stdout.write(`OpenAgentsContainer is served at ${server.origin}/\n`);
  const stop = (): void => void server.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function version(): string {
  const text = readFileSync(path.join(DIST, '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function main(): Promise<number | undefined> {
  const options = parseArguments(process.argv.slice(2));
  switch (options.action) {
    case 'help':
      process.stdout.write(USAGE);
      return 0;
    case 'version':
      process.stdout.write(`${version()}\n`);
      return 0;
    case 'fsck':
      return checkStore(options);
    case 'serve':
      await serve(options.port);
      return undefined;
    case 'run':
      return runCommand(options);
  }
}

try {
  const exitCode = await main();
  if (exitCode !== undefined) process.exitCode = exitCode;
} catch (error) {
  if (error instanceof Failure) process.stderr.write(`oac: ${error.message}\n`);
  else
    process.stderr.write(`oac: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = ExitCode.tool;
}
