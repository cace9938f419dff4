/** The authorities that every secure context trusts unless it has its own (src/crypto/crypto_context.cc). */
import type { NodeContext } from '../context.ts';
import type { Certificate } from '../cryptography/x509/certificate.ts';
import { cryptographyOf } from '../crypto/library.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { encodeFresh, Encoding } from '../fs/text.ts';

export interface RootStore {
  /** Read when they are first asked for: a program that connects to nobody does without. */
  certificates(): readonly Certificate[];
  bundled(): string[];
  extra(): string[];
  /** Says when what NODE_EXTRA_CA_CERTS names cannot be read. */
  readExtra(): void;
  user(): string[];
  reset(certificates: readonly unknown[]): void;
}

const known = new WeakMap<NodeContext, RootStore>();
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** LoadBIO: text or bytes. */
export function pemBytes(value: unknown): Uint8Array<ArrayBuffer> {
  if (typeof value === 'string') return encodeFresh(value, Encoding.utf8);
  const bytes = bytesOf(value as ArrayBufferView);
  return copyBytes(bytes, 0, lengthOf(bytes));
}

export function rootStoreOf(context: NodeContext): RootStore {
  let store = known.get(context);
  if (store === undefined) known.set(context, (store = createRootStore(context)));
  return store;
}

function createRootStore(context: NodeContext): RootStore {
  const { tls, errors, pem } = cryptographyOf(context);
  let bundled: string[] | undefined;
  let extra: Certificate[] | undefined;
  let user: Certificate[] | undefined;
  let all: readonly Certificate[] | undefined;

  const readBundled = (): string[] => (bundled ??= context.realm.rootCertificates().match(PEM) ?? []);
  const readExtra = (): Certificate[] => {
    if (extra !== undefined) return extra;
    const { env } = context.realm.process as { env?: Record<string, string> };
    const file = env?.['NODE_EXTRA_CA_CERTS'];
    const contents = file === undefined || file === '' ? undefined : context.system.files.readFile(file);
    if (typeof contents === 'number') warnOfExtra(context, file ?? '', contents);
    extra = contents === undefined || typeof contents === 'number' ? [] : tls.certificatesOf(contents);
    return extra;
  };
  const toText = (certificate: Certificate): string => pem.toPem('CERTIFICATE', certificate.der);

  return {
    certificates() {
      all ??= user ?? [...tls.certificatesOf(pemBytes(readBundled().join('\n'))), ...readExtra()];
      return all;
    },
    bundled: () => [...readBundled()],
    extra: () => readExtra().map(toText),
    readExtra: () => void readExtra(),
    user: () => (user ?? []).map(toText),
    reset(certificates) {
      const found = new Map<string, Certificate>();
      for (const given of certificates) {
        const blocks = typeof given === 'string' ? (given.match(PEM)?.length ?? 0) : 1;
        const read = tls.certificatesOf(pemBytes(given));
        if (read.length < blocks) throw errors.opensslError('PEM', 0x8000d, 'ASN1 lib');
        for (const certificate of read) found.set(certificate.fingerprints.sha256, certificate);
      }
      if (found.size === 0 && certificates.length > 0) {
        const message = 'No valid certificates found in the provided array';
        throw context.errors.coded(Error, 'ERR_CRYPTO_OPERATION_FAILED', message);
      }
      user = [...found.values()];
      all = undefined;
    },
  };
}

/** As Node's C++ prints it, past the program's own streams. */
function warnOfExtra({ facts, realm }: NodeContext, file: string, errno: number): void {
  const [, text = 'unknown error'] = facts.uvErrors.get(errno) ?? [];
  const reason = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  const number = (0x80000000 - errno).toString(16).toUpperCase();
  const { _rawDebug: print } = realm.process as { _rawDebug?: (text: string) => void };
  print?.(
    `Warning: Ignoring extra certs from \`${file}\`, load failed: error:${number}:system library::${reason}`,
  );
}
