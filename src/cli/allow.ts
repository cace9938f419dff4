/** `--allow`: what of the world outside a command may reach. Without it, all that a page may. */
import type { AllowRequest } from '../protocol/command-line.ts';
import { Failure } from './failure.ts';

const WITH_NAMES = ['fetch', 'websocket', 'tcp', 'spawn'] as const;

/** `fetch`, `fetch=example.org,*.example.net`, `listen`, `env=HOME,PATH`, `none`. @throws ERR_USAGE */
export function parseAllow(allowed: AllowRequest | undefined, text: string): AllowRequest {
  const result: AllowRequest = allowed ?? { listen: false, fetch: false, websocket: false, tcp: false };
  const equals = text.indexOf('=');
  const kind = equals < 0 ? text : text.slice(0, equals);
  const names =
    equals < 0
      ? undefined
      : text
          .slice(equals + 1)
          .split(',')
          .filter(Boolean);
  if (kind === 'none' && names === undefined) return result;
  if (kind === 'listen' && names === undefined) return { ...result, listen: true };
  if (kind === 'env' && names !== undefined) return { ...result, env: [...(result.env ?? []), ...names] };
  const known = WITH_NAMES.find((name) => name === kind);
  if (known === undefined) {
    const message =
      `--allow wants listen, none, env=NAME,… or one of ${WITH_NAMES.join(', ')}, ` +
      `which take a list too (fetch=example.org,*.example.net), not '${text}' (oac --help)`;
    throw new Failure('ERR_USAGE', message);
  }
  const before = result[known];
  if (names === undefined || before === true) return { ...result, [known]: true };
  return { ...result, [known]: [...(Array.isArray(before) ? before : []), ...names] };
}
