/** `--allow`: what a command may reach of the world outside, of programs and of files. Without it, all that a page may. */
import type { AllowedFiles, AllowRequest } from '../protocol/command-line.ts';
import { Failure } from './failure.ts';

const NOTHING: AllowRequest = { listen: false, fetch: false, websocket: false, tcp: false };
const WITH_NAMES = ['fetch', 'websocket', 'tcp', 'spawn'] as const;

/** What the command line allows: the files are the command's alone, not of what `--sync` runs in the container. */
export interface Allowed {
  request: AllowRequest;
  files: AllowedFiles | undefined;
}

/** `fetch`, `fetch=example.org,*.example.net`, `listen`, `env=HOME,PATH`, `read=/home`, `none`. @throws ERR_USAGE */
export function parseAllow(allowed: Allowed | undefined, text: string): Allowed {
  const { request, files } = allowed ?? { request: NOTHING, files: undefined };
  const equals = text.indexOf('=');
  const kind = equals < 0 ? text : text.slice(0, equals);
  const names =
    equals < 0
      ? undefined
      : text
          .slice(equals + 1)
          .split(',')
          .filter(Boolean);
  if (kind === 'read' || kind === 'write') {
    const before = files ?? { read: [], write: [] };
    return { request, files: { ...before, [kind]: [...before[kind], ...(names ?? ['/'])] } };
  }
  return { request: withAllowed(request, text, kind, names), files };
}

function withAllowed(
  result: AllowRequest,
  text: string,
  kind: string,
  names: string[] | undefined,
): AllowRequest {
  if (kind === 'none' && names === undefined) return result;
  if (kind === 'listen' && names === undefined) return { ...result, listen: true };
  if (kind === 'env' && names !== undefined) return { ...result, env: [...(result.env ?? []), ...names] };
  const known = WITH_NAMES.find((name) => name === kind);
  if (known === undefined) {
    const message =
      `--allow wants listen, none, env=NAME,…, read or write (read=src,/mnt) or one of ${WITH_NAMES.join(', ')}, ` +
      `which take a list too (fetch=example.org,*.example.net), not '${text}' (oac --help)`;
    throw new Failure('ERR_USAGE', message);
  }
  const before = result[known];
  if (names === undefined || before === true) return { ...result, [known]: true };
  return { ...result, [known]: [...(Array.isArray(before) ? before : []), ...names] };
}
