/**
 * The MHNOS_* and S3_* variables, read and checked once at start. Everything that is wrong is reported together,
 * and a setting that would open the runtime to strangers is refused, not warned about.
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { getServers } from 'node:dns';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { DEFAULT_PORT } from './protocol/runtime.ts';
import { allowHosts, allowOrigins, isLoopback, type HostRule, type OriginRule } from './auth/rules.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';
import { type NameServer, nameServerOf } from './dns/servers.ts';
import { readS3Settings, type S3Settings } from './s3/settings.ts';

export type SandboxMode = 'strict' | 'relaxed' | 'none';
/** Who can reach the socket: this machine; the host of a container that publishes the port on its loopback; the clients of a TLS proxy. */
export type Exposure = 'loopback' | 'container' | 'proxy';

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly exposure: Exposure;
  readonly workspace: string;
  readonly temporary: string;
  readonly sandbox: SandboxMode;
  readonly readPaths: readonly string[];
  readonly allowOpenclaw: boolean;
  readonly maxProcesses: number;
  readonly maxMemoryBytes: number;
  readonly logLevel: LogLevel;
  /** Undefined: one is made and printed. */
  readonly token: string | undefined;
  readonly allowedOrigins: readonly OriginRule[];
  readonly allowedHosts: readonly HostRule[];
  /** Relayed connections to private networks are refused unless an entry (`host`, `host:port`, `*.domain:port`) allows them. */
  readonly relayAllow: readonly string[];
  /** Asked what programs of the browser ask by DNS. */
  readonly nameServers: readonly NameServer[];
  readonly s3: S3Settings | undefined;
  readonly warnings: readonly string[];
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables, keeping a list of what is wrong with them. */
export class Reader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly env: Environment;

  constructor(env: Environment) {
    this.env = env;
  }

  text(name: string): string | undefined {
    const value = this.env[name]?.trim();
    return value === undefined || value === '' ? undefined : value;
  }

  list(name: string, fallback: readonly string[]): readonly string[] {
    const value = this.text(name);
    if (value === undefined) return fallback;
    return value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  choice<const Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.problems.push(`${name} is "${value}"; it may be ${choices.join(', ')}.`);
    return found ?? fallback;
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.problems.push(`${name} is "${value}"; it may be a whole number from ${least} to ${most}.`);
    return fallback;
  }

  /** `512m`, `1g`, `1073741824`. */
  bytes(name: string, fallback: number, least: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const match = /^(\d{1,15})([kmg]?)b?$/i.exec(value);
    const unit = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[(match?.[2] ?? '').toLowerCase()] ?? 1;
    const bytes = match ? Number(match[1]) * unit : Number.NaN;
    if (bytes >= least) return bytes;
    this.problems.push(
      `${name} is "${value}"; it may be a size such as 512m or 1g, at least ${least >> 20}m.`,
    );
    return fallback;
  }

  /** The variable, or the contents of the file that `<name>_FILE` names (as container secrets come). */
  secret(name: string): string | undefined {
    const file = this.text(`${name}_FILE`);
    if (file === undefined) return this.text(name);
    try {
      return readFileSync(file, 'utf8').trim() || undefined;
    } catch {
      this.problems.push(`${name}_FILE names "${file}", which cannot be read.`);
      return undefined;
    }
  }
}

/** `/workspace` where it exists (the image, a server), else a folder of the user's. */
function defaultWorkspace(): string {
  try {
    accessSync('/workspace', constants.W_OK);
    return '/workspace';
  } catch {
    return join(homedir(), 'mhnos-workspace');
  }
}

/** Below this a token can be guessed by a patient neighbour. */
const TOKEN_STRONG_LENGTH = 32;
/** Characters that a WebSocket subprotocol may have (RFC 9110, token). */
const TOKEN_CHARACTERS = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const MIN_MEMORY_BYTES = 64 * 2 ** 20;
const DEFAULT_MEMORY_BYTES = 2 ** 30;
const DEFAULT_ORIGINS = ['http://localhost:*', 'http://127.0.0.1:*'];
const DEFAULT_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

function readToken(reader: Reader, exposure: Exposure): string | undefined {
  const token = reader.secret('MHNOS_TOKEN');
  if (token === undefined) {
    if (exposure === 'proxy') {
      reader.problems.push('MHNOS_EXPOSURE=proxy needs MHNOS_TOKEN (or MHNOS_TOKEN_FILE).');
    }
    return undefined;
  }
  if (!TOKEN_CHARACTERS.test(token)) {
    reader.problems.push('MHNOS_TOKEN has a character that a WebSocket subprotocol cannot carry.');
  }
  if (token.length < TOKEN_STRONG_LENGTH) {
    const sentence = `MHNOS_TOKEN is shorter than ${TOKEN_STRONG_LENGTH} characters`;
    if (exposure === 'proxy') reader.problems.push(`${sentence}, too weak for MHNOS_EXPOSURE=proxy.`);
    else reader.warnings.push(`${sentence}: programs of this machine could guess it.`);
  }
  return token;
}

function checkExposure(reader: Reader, host: string, exposure: Exposure): void {
  if (isLoopback(host) || exposure !== 'loopback') return;
  reader.problems.push(
    `MHNOS_RUNTIME_HOST=${host} would serve plain WebSockets to the network. Set MHNOS_EXPOSURE=proxy behind a TLS proxy, ` +
      'or MHNOS_EXPOSURE=container where the port is published on 127.0.0.1 only.',
  );
}

function checkPath(reader: Reader, name: string, path: string): string {
  if (!isAbsolute(path) || path === '/')
    reader.problems.push(`${name} is "${path}"; it must be an absolute path below /.`);
  return path;
}

/** By default those of the machine. */
function readNameServers(reader: Reader): NameServer[] {
  return reader.list('MHNOS_NAME_SERVERS', getServers()).flatMap((text) => {
    const server = nameServerOf(text);
    if (server !== undefined) return [server];
    reader.problems.push(`MHNOS_NAME_SERVERS has "${text}", which is not an address, or one with a port.`);
    return [];
  });
}

export function readSettings(env: Environment): Settings {
  const reader = new Reader(env);
  const exposure = reader.choice('MHNOS_EXPOSURE', ['loopback', 'container', 'proxy'], 'loopback');
  const host = reader.text('MHNOS_RUNTIME_HOST') ?? '127.0.0.1';
  checkExposure(reader, host, exposure);
  const readPaths = reader.list('MHNOS_READ_PATHS', []).filter((path) => {
    if (isAbsolute(path) && path !== '/' && existsSync(path)) return true;
    reader.problems.push(`MHNOS_READ_PATHS has "${path}", which is not an existing absolute path below /.`);
    return false;
  });
  const settings: Omit<Settings, 'warnings'> = {
    port: reader.integer('MHNOS_RUNTIME_PORT', DEFAULT_PORT, 0, 65_535),
    host,
    exposure,
    workspace: checkPath(reader, 'MHNOS_WORKSPACE', reader.text('MHNOS_WORKSPACE') ?? defaultWorkspace()),
    temporary: checkPath(
      reader,
      'MHNOS_TMP',
      reader.text('MHNOS_TMP') ?? join(tmpdir(), `mhnos-${userInfo().uid}`),
    ),
    sandbox: reader.choice('MHNOS_SANDBOX', ['strict', 'relaxed', 'none'], 'strict'),
    readPaths,
    allowOpenclaw: reader.choice('MHNOS_ALLOW_OPENCLAW', ['true', 'false'], 'false') === 'true',
    maxProcesses: reader.integer('MHNOS_MAX_PROCESSES', 50, 1, 10_000),
    maxMemoryBytes: reader.bytes('MHNOS_MAX_MEMORY', DEFAULT_MEMORY_BYTES, MIN_MEMORY_BYTES),
    logLevel: reader.choice('MHNOS_LOG_LEVEL', LOG_LEVELS, 'info'),
    token: readToken(reader, exposure),
    allowedOrigins: allowOrigins(reader.list('MHNOS_ALLOWED_ORIGINS', DEFAULT_ORIGINS), reader.problems),
    allowedHosts: allowHosts(reader.list('MHNOS_ALLOWED_HOSTS', DEFAULT_HOSTS), reader.problems),
    relayAllow: reader.list('MHNOS_RELAY_ALLOW', []),
    nameServers: readNameServers(reader),
    s3: readS3Settings(reader),
  };
  if (reader.problems.length > 0) throw new SettingsError(reader.problems);
  return { ...settings, warnings: reader.warnings };
}
