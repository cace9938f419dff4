/** The bridge: a server that lets clients with the token run processes here. */
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { TokenCheck } from './auth/token.ts';
import { Connection, type ConnectionEvents, type Handlers } from './connection.ts';
import { BridgeError } from './errors.ts';
import { idOf, processFrame, processHandlers } from './handlers/processes.ts';
import { networkHandlers } from './handlers/network.ts';
import { s3Handlers } from './handlers/s3.ts';
import { syncHandlers, SyncTrees } from './handlers/sync.ts';
import { createHttpSide } from './http.ts';
import { IdleTime } from './idle.ts';
import { IDLE_LOOK_MS, OUTPUT_RING_BYTES, PING_INTERVAL_MS } from './limits.ts';
import type { Log } from './log.ts';
import { PortWatch } from './ports/watch.ts';
import { homeOf } from './processes/command.ts';
import { ProcessTable } from './processes/table.ts';
import { startWatchdog } from './processes/watchdog.ts';
import {
  CloseCode,
  MESSAGE_BYTES_MAX,
  PROTOCOL,
  PROTOCOL_REVISION,
  type ServerMessage,
} from './protocol/runtime.ts';
import { RelayPolicy } from './relay/policy.ts';
import { DnsRelay } from './dns/relay.ts';
import { Tickets } from './relay/tickets.ts';
import { serveWisp } from './relay/wisp.ts';
import { createSandbox, type Sandbox } from './sandbox/sandbox.ts';
import type { Settings } from './settings.ts';
import { VERSION } from './version.ts';

export interface Bridge {
  readonly port: number;
  readonly sandbox: Sandbox;
  stop(): Promise<void>;
}

const PRIVATE_MODE = 0o700;

function hello(settings: Settings, sandbox: Sandbox): ServerMessage {
  return {
    type: 'hello',
    protocol: PROTOCOL,
    revision: PROTOCOL_REVISION,
    server: {
      name: 'mhnos-runtime',
      version: VERSION,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
    features: [
      'processes',
      'sync',
      'ports',
      'relay',
      'wisp',
      ...(settings.s3 === undefined ? [] : ['s3']),
      ...(settings.allowOpenclaw ? ['openclaw'] : []),
    ],
    workspace: settings.workspace,
    sandbox: { mode: sandbox.mode, landlock: sandbox.landlock },
    limits: {
      processes: settings.maxProcesses,
      memoryBytes: settings.maxMemoryBytes,
      outputBytes: OUTPUT_RING_BYTES,
      messageBytes: MESSAGE_BYTES_MAX,
    },
  };
}

export async function startBridge(settings: Settings, token: string, log: Log): Promise<Bridge> {
  const sandbox = await createSandbox(settings);
  mkdirSync(settings.workspace, { recursive: true });
  mkdirSync(homeOf(settings), { recursive: true });
  mkdirSync(settings.temporary, { recursive: true, mode: PRIVATE_MODE });
  const table = new ProcessTable(settings, sandbox, log);
  const policy = new RelayPolicy(settings.relayAllow);
  const names = new DnsRelay({
    servers: settings.nameServers,
    allows: (name) => policy.names(name),
    advice: 'MHNOS_RELAY_ALLOW can name it.',
  });
  const tickets = new Tickets('/wisp/');
  const trees = new SyncTrees(settings.workspace, log);
  const connections = new Set<Connection>();

  const handlers: Handlers = {
    ...processHandlers(table),
    ...syncHandlers(trees),
    ...s3Handlers(settings, trees),
    ...networkHandlers(new PortWatch(table), policy, names, tickets),
    hello(message, connection) {
      const others = [...connections].filter(
        (other) => other !== connection && other.session === message.session,
      );
      connection.name(message.session);
      const resumed = table.all.some((process) => process.isSubscribed(message.session));
      for (const other of others)
        other.close(CloseCode.replaced, 'Another connection took this session over.');
      return { type: 'welcome', ...idOf(message), session: message.session, resumed };
    },
  };
  const events: ConnectionEvents = {
    handlers,
    frame(connection, frame) {
      if (processFrame(table, connection, frame)) return;
      throw new BridgeError('EPROTO', `A frame of kind ${frame.kind} is not for the runtime.`);
    },
    drained(connection) {
      for (const process of table.all) {
        if (process.isSubscribed(connection.session, connection)) process.pump(connection.session);
      }
    },
    closed(connection) {
      connections.delete(connection);
      for (const process of table.all) {
        if (!process.isSubscribed(connection.session, connection)) continue;
        if (connection.resumable && connection.binary) process.suspend(connection.session);
        else process.unsubscribe(connection.session);
      }
    },
  };

  const startedAt = Date.now();
  const idle = new IdleTime(() => connections.size > 0 || table.running.length > 0);
  const { server, sockets } = createHttpSide({
    settings,
    token: new TokenCheck(token),
    log,
    health: () => ({
      status: 'ok',
      uptime: Math.round((Date.now() - startedAt) / 1000),
      processes: table.stats,
      connections: connections.size,
      idleMs: idle.milliseconds,
    }),
    client(socket, binary) {
      const connection = new Connection(socket, binary, events, log);
      connections.add(connection);
      connection.send(hello(settings, sandbox));
    },
    ticketed: (path) => (tickets.redeem(path) ? (socket) => serveWisp(socket, policy, log) : undefined),
  });
  const pings = setInterval(() => {
    for (const connection of connections) if (!connection.ping()) connection.terminate();
  }, PING_INTERVAL_MS).unref();
  const idleLook = setInterval(() => idle.look(), IDLE_LOOK_MS).unref();
  const watchdog = startWatchdog(table, settings.maxMemoryBytes, log);

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    port,
    sandbox,
    async stop() {
      for (const connection of connections) {
        connection.send({ type: 'notice', code: 'ESHUTDOWN', message: 'The runtime stops.' });
      }
      await table.stop();
      clearInterval(pings);
      clearInterval(idleLook);
      watchdog[Symbol.dispose]();
      for (const connection of connections) connection.close(CloseCode.goingAway, 'The runtime stopped.');
      sockets.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
