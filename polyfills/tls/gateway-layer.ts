/**
 * Connections to other hosts are encrypted by the browser, which also checks the certificate. A line tells the gateway
 * that TLS was asked for; its answer is the end of the handshake, and bytes pass as they are.
 */
import { GATEWAY_TLS_ACCEPTED, GATEWAY_TLS_GREETING } from '../../src/base/gateway.ts';
import { encodeFresh, Encoding } from '../fs/text.ts';
import { AF_INET, AF_INET6, parseIp } from '../net/ip-address.ts';
import { latin1Decode } from '../text/latin1.ts';

/** An address that the gateway answers. */
export function isOutside(address: string): boolean {
  return address !== '' && !/^(?:::ffff:)?127\.|^::1$/.test(address);
}

export const greeting = (name: string): Uint8Array =>
  encodeFresh(`${GATEWAY_TLS_GREETING}${name}\n`, Encoding.latin1);

/** Reads the gateway's answer: how far it goes in what came, and whether it is whole. */
export class GatewayAnswer {
  #text = '';
  accepted = false;
  refused = false;

  /** → where the data of the connection begins in `bytes`. */
  read(bytes: Uint8Array, length: number): number {
    let at = 0;
    while (at < length && this.#text.length < GATEWAY_TLS_ACCEPTED.length) {
      this.#text += latin1Decode(bytes, at, ++at);
    }
    this.refused = !GATEWAY_TLS_ACCEPTED.startsWith(this.#text);
    this.accepted = this.#text === GATEWAY_TLS_ACCEPTED;
    return at;
  }
}

/** Not shown to programs as it is: it stands for a certificate that the browser found to be the host's. */
export function standInCertificate(host: string): object {
  const isAddress = (parseIp(host, AF_INET) ?? parseIp(host, AF_INET6)) !== undefined;
  return {
    subject: `CN=${host}`,
    issuer: 'CN=verified by the browser',
    subjectaltname: `${isAddress ? 'IP Address' : 'DNS'}:${host}`,
  };
}
