/** What a TLS handle tells of its connection. */
import type { NodeContext } from '../context.ts';
import { certificatesOf } from '../crypto/certificate.ts';
import { cryptographyOf } from '../crypto/library.ts';
import type { VerifyFailure } from '../cryptography/x509/chain.ts';
import type { Certificate } from '../cryptography/x509/certificate.ts';
import { toBuffer } from '../node-buffer.ts';
import { copyBytes } from '../text/captured.ts';
import type { Connection } from './engine/connection.ts';

/** What Node adds where a certificate of the system's own might help (GetValidationErrorReason). */
const SUGGESTION = '; if the root CA is installed locally, try running Node.js with --use-system-ca';

type Legacy = Record<string, unknown>;

export const bufferOf = (bytes: Uint8Array): Uint8Array => toBuffer(copyBytes(bytes, 0, bytes.length));

export function createInspection(context: NodeContext) {
  const { x509, tls } = cryptographyOf(context);
  const certificates = certificatesOf(context);

  /** With what is known of its issuers linked to each, the last to itself. */
  function detailed(chain: readonly Certificate[]): Legacy | undefined {
    const objects = chain.map((certificate) => certificates.legacy(certificate));
    objects.forEach((object, at) => {
      const next = objects[at + 1];
      if (next !== undefined) object['issuerCertificate'] = next;
      else if (chain[at]?.isSelfIssued === true) object['issuerCertificate'] = object;
    });
    return objects[0];
  }

  function reasonOf(failure: VerifyFailure): string {
    const isSuggested =
      failure === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' ||
      failure === 'DEPTH_ZERO_SELF_SIGNED_CERT' ||
      (failure === 'UNABLE_TO_GET_ISSUER_CERT' && context.options.cli['--use-system-ca'] !== true);
    return isSuggested ? x509.VERIFY_MESSAGES[failure] + SUGGESTION : x509.VERIFY_MESSAGES[failure];
  }

  return {
    peerCertificate({ peerChain, verification }: Connection, isDetailed: boolean): Legacy | undefined {
      const [leaf] = peerChain;
      if (leaf === undefined) return undefined;
      return isDetailed ? detailed(verification?.chain ?? peerChain) : certificates.legacy(leaf);
    },
    peerHandle: ({ peerChain }: Connection): object | undefined => certificates.handleFor(peerChain),
    ownCertificate(own: Certificate | undefined): Legacy | undefined {
      return own && certificates.legacy(own);
    },
    ownHandle(own: Certificate | undefined): object | undefined {
      return own && certificates.handleFor([own]);
    },
    /** null when all is well. */
    verifyError({ peerChain, peerFailure, negotiated, usesPsk }: Connection): Error | null {
      const none = peerChain.length === 0;
      const keyed = negotiated.resumed || usesPsk || negotiated.suite?.authentication === 'psk';
      const failure = none ? (keyed ? undefined : 'UNABLE_TO_GET_ISSUER_CERT') : peerFailure;
      if (failure === undefined) return null;
      return Object.assign(new Error(reasonOf(failure)), { code: x509.verifyCode(failure) });
    },
    cipher({ negotiated: { suite } }: Connection): object | undefined {
      if (suite === undefined) return undefined;
      const { name, standardName, minVersion } = suite;
      return { name, standardName, version: minVersion < 0x0303 ? 'SSLv3' : tls.versionName(minVersion) };
    },
    ephemeralKey({ negotiated }: Connection): object {
      const { exchange, groupName, groupBits } = negotiated;
      return { type: exchange, name: exchange === 'DH' ? undefined : groupName, size: groupBits };
    },
    sharedSchemes: ({ negotiated }: Connection): string[] => negotiated.sharedSchemes.map(({ name }) => name),
  };
}
export type Inspection = ReturnType<typeof createInspection>;
