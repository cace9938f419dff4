import { isIP } from 'node:net';

export interface NameServer {
  readonly address: string;
  readonly port: number;
}

/** `1.1.1.1`, `127.0.0.1:5353`, `[::1]:53`; undefined for what is no address. */
export function nameServerOf(text: string): NameServer | undefined {
  const [, inBrackets, plain, port = '53'] =
    /^(?:\[([^\]]+)\]|([^:]+|[^:]*:[^:]*:.*?))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = inBrackets ?? plain ?? '';
  return isIP(address) === 0 ? undefined : { address, port: Number(port) };
}
