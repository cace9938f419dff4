/** Paths whose meaning is the process's own descriptors. */
import { utf8Decode, bytesCopy, bytesLength } from '../../base/intrinsics.ts';

const SLASH_D = 0x64;
const SLASH_P = 0x70;
const LONGEST = 32;

/** Paths here are short and start with /d or /p: all others are let through at the cost of two looks. */
function candidate(path: string | Uint8Array): string | undefined {
  if (typeof path === 'string') {
    if (path[0] !== '/' || (path[1] !== 'd' && path[1] !== 'p') || path.length > LONGEST) return undefined;
    return path;
  }
  const length = bytesLength(path);
  if (path[0] !== 0x2f || (path[1] !== SLASH_D && path[1] !== SLASH_P) || length > LONGEST) return undefined;
  return utf8Decode(bytesCopy(path, 0, length));
}

function numberAfter(path: string, prefix: string): number | undefined {
  for (let i = 0; i < prefix.length; i++) if (path[i] !== prefix[i]) return undefined;
  let value = 0;
  if (path.length === prefix.length) return undefined;
  for (let i = prefix.length; i < path.length; i++) {
    const digit = +(path[i] ?? '') - 0;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** The descriptor that `/dev/fd/N`, `/proc/self/fd/N` or `/dev/stdin` and its like name. */
export function descriptorOfPath(path: string | Uint8Array): number | undefined {
  const text = candidate(path);
  switch (text) {
    case undefined:
      return undefined;
    case '/dev/stdin':
      return 0;
    case '/dev/stdout':
      return 1;
    case '/dev/stderr':
      return 2;
    default:
      return numberAfter(text, '/dev/fd/') ?? numberAfter(text, '/proc/self/fd/');
  }
}

export function isTerminalPath(path: string | Uint8Array): boolean {
  return candidate(path) === '/dev/tty';
}
