/** Cipher suites, and OpenSSL's language for lists of them. */
import { Version } from './constants.ts';

export type BulkCipher = 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305' | 'aes-128-cbc' | 'aes-256-cbc';
export type KeyExchange = 'any' | 'ecdhe' | 'dhe' | 'rsa' | 'psk';
export type Authentication = 'any' | 'rsa' | 'ecdsa' | 'psk';

export interface Suite {
  readonly id: number;
  /** OpenSSL's name. */
  readonly name: string;
  readonly standardName: string;
  readonly minVersion: number;
  readonly exchange: KeyExchange;
  readonly authentication: Authentication;
  readonly cipher: BulkCipher;
  /** Of the key derivation. */
  readonly hash: 'sha256' | 'sha384';
  /** Of records of CBC suites. */
  readonly macHash?: 'sha1' | 'sha256' | 'sha384';
}

const tls13 = (id: number, name: string, cipher: BulkCipher, hash: Suite['hash']): Suite => ({
  id,
  name,
  standardName: name,
  minVersion: Version.tls13,
  exchange: 'any',
  authentication: 'any',
  cipher,
  hash,
});

export const TLS13_SUITES: readonly Suite[] = [
  tls13(0x1302, 'TLS_AES_256_GCM_SHA384', 'aes-256-gcm', 'sha384'),
  tls13(0x1303, 'TLS_CHACHA20_POLY1305_SHA256', 'chacha20-poly1305', 'sha256'),
  tls13(0x1301, 'TLS_AES_128_GCM_SHA256', 'aes-128-gcm', 'sha256'),
];

type Row = [
  id: number,
  name: string,
  standardName: string,
  exchange: KeyExchange,
  authentication: Authentication,
];

function aead(cipher: BulkCipher, hash: Suite['hash'], rows: readonly Row[]): Suite[] {
  return rows.map(([id, name, standardName, exchange, authentication]) => {
    return { id, name, standardName, minVersion: Version.tls12, exchange, authentication, cipher, hash };
  });
}
function cbc(cipher: BulkCipher, macHash: 'sha1' | 'sha256' | 'sha384', rows: readonly Row[]): Suite[] {
  const hash = macHash === 'sha384' ? 'sha384' : 'sha256';
  const minVersion = macHash === 'sha1' ? Version.ssl3 : Version.tls12;
  return rows.map(([id, name, standardName, exchange, authentication]) => {
    return { id, name, standardName, minVersion, exchange, authentication, cipher, hash, macHash };
  });
}

/** In OpenSSL's order of preference. */
export const TLS12_SUITES: readonly Suite[] = [
  ...aead('aes-256-gcm', 'sha384', [
    [0xc02c, 'ECDHE-ECDSA-AES256-GCM-SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ecdhe', 'ecdsa'],
    [0xc030, 'ECDHE-RSA-AES256-GCM-SHA384', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ecdhe', 'rsa'],
    [0x009f, 'DHE-RSA-AES256-GCM-SHA384', 'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384', 'dhe', 'rsa'],
  ]),
  ...aead('chacha20-poly1305', 'sha256', [
    [
      0xcca9,
      'ECDHE-ECDSA-CHACHA20-POLY1305',
      'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
      'ecdhe',
      'ecdsa',
    ],
    [0xcca8, 'ECDHE-RSA-CHACHA20-POLY1305', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ecdhe', 'rsa'],
    [0xccaa, 'DHE-RSA-CHACHA20-POLY1305', 'TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'dhe', 'rsa'],
  ]),
  ...aead('aes-128-gcm', 'sha256', [
    [0xc02b, 'ECDHE-ECDSA-AES128-GCM-SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ecdhe', 'ecdsa'],
    [0xc02f, 'ECDHE-RSA-AES128-GCM-SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ecdhe', 'rsa'],
    [0x009e, 'DHE-RSA-AES128-GCM-SHA256', 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', 'dhe', 'rsa'],
  ]),
  ...cbc('aes-256-cbc', 'sha384', [
    [0xc024, 'ECDHE-ECDSA-AES256-SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384', 'ecdhe', 'ecdsa'],
    [0xc028, 'ECDHE-RSA-AES256-SHA384', 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384', 'ecdhe', 'rsa'],
  ]),
  ...cbc('aes-256-cbc', 'sha256', [
    [0x006b, 'DHE-RSA-AES256-SHA256', 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA256', 'dhe', 'rsa'],
  ]),
  ...cbc('aes-128-cbc', 'sha256', [
    [0xc023, 'ECDHE-ECDSA-AES128-SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ecdhe', 'ecdsa'],
    [0xc027, 'ECDHE-RSA-AES128-SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ecdhe', 'rsa'],
    [0x0067, 'DHE-RSA-AES128-SHA256', 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA256', 'dhe', 'rsa'],
  ]),
  ...cbc('aes-256-cbc', 'sha1', [
    [0xc00a, 'ECDHE-ECDSA-AES256-SHA', 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ecdhe', 'ecdsa'],
    [0xc014, 'ECDHE-RSA-AES256-SHA', 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ecdhe', 'rsa'],
    [0x0039, 'DHE-RSA-AES256-SHA', 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA', 'dhe', 'rsa'],
  ]),
  ...cbc('aes-128-cbc', 'sha1', [
    [0xc009, 'ECDHE-ECDSA-AES128-SHA', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ecdhe', 'ecdsa'],
    [0xc013, 'ECDHE-RSA-AES128-SHA', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ecdhe', 'rsa'],
    [0x0033, 'DHE-RSA-AES128-SHA', 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA', 'dhe', 'rsa'],
  ]),
  ...aead('aes-256-gcm', 'sha384', [
    [0x009d, 'AES256-GCM-SHA384', 'TLS_RSA_WITH_AES_256_GCM_SHA384', 'rsa', 'rsa'],
    [0x00a9, 'PSK-AES256-GCM-SHA384', 'TLS_PSK_WITH_AES_256_GCM_SHA384', 'psk', 'psk'],
  ]),
  ...aead('chacha20-poly1305', 'sha256', [
    [0xccab, 'PSK-CHACHA20-POLY1305', 'TLS_PSK_WITH_CHACHA20_POLY1305_SHA256', 'psk', 'psk'],
  ]),
  ...aead('aes-128-gcm', 'sha256', [
    [0x009c, 'AES128-GCM-SHA256', 'TLS_RSA_WITH_AES_128_GCM_SHA256', 'rsa', 'rsa'],
    [0x00a8, 'PSK-AES128-GCM-SHA256', 'TLS_PSK_WITH_AES_128_GCM_SHA256', 'psk', 'psk'],
  ]),
  ...cbc('aes-256-cbc', 'sha256', [
    [0x003d, 'AES256-SHA256', 'TLS_RSA_WITH_AES_256_CBC_SHA256', 'rsa', 'rsa'],
  ]),
  ...cbc('aes-128-cbc', 'sha256', [
    [0x003c, 'AES128-SHA256', 'TLS_RSA_WITH_AES_128_CBC_SHA256', 'rsa', 'rsa'],
  ]),
  ...cbc('aes-256-cbc', 'sha1', [
    [0x0035, 'AES256-SHA', 'TLS_RSA_WITH_AES_256_CBC_SHA', 'rsa', 'rsa'],
    [0x008d, 'PSK-AES256-CBC-SHA', 'TLS_PSK_WITH_AES_256_CBC_SHA', 'psk', 'psk'],
  ]),
  ...cbc('aes-128-cbc', 'sha256', [
    [0x00ae, 'PSK-AES128-CBC-SHA256', 'TLS_PSK_WITH_AES_128_CBC_SHA256', 'psk', 'psk'],
  ]),
  ...cbc('aes-128-cbc', 'sha1', [
    [0x002f, 'AES128-SHA', 'TLS_RSA_WITH_AES_128_CBC_SHA', 'rsa', 'rsa'],
    [0x008c, 'PSK-AES128-CBC-SHA', 'TLS_PSK_WITH_AES_128_CBC_SHA', 'psk', 'psk'],
  ]),
];

export function suiteById(id: number): Suite | undefined {
  return TLS13_SUITES.find((suite) => suite.id === id) ?? TLS12_SUITES.find((suite) => suite.id === id);
}

/** Words of OpenSSL's cipher lists. */
const GROUPS: Readonly<Record<string, (suite: Suite) => boolean>> = {
  ALL: () => true,
  COMPLEMENTOFALL: () => false,
  DEFAULT: ({ authentication }) => authentication !== 'psk',
  HIGH: () => true,
  MEDIUM: () => false,
  LOW: () => false,
  EXPORT: () => false,
  aNULL: () => false,
  eNULL: () => false,
  NULL: () => false,
  DES: () => false,
  RC4: () => false,
  MD5: () => false,
  SRP: () => false,
  CAMELLIA: () => false,
  '3DES': () => false,
  PSK: ({ authentication }) => authentication === 'psk',
  kPSK: ({ exchange }) => exchange === 'psk',
  aPSK: ({ authentication }) => authentication === 'psk',
  kRSA: ({ exchange }) => exchange === 'rsa',
  aRSA: ({ authentication }) => authentication === 'rsa',
  RSA: ({ exchange, authentication }) => exchange === 'rsa' || authentication === 'rsa',
  aECDSA: ({ authentication }) => authentication === 'ecdsa',
  ECDSA: ({ authentication }) => authentication === 'ecdsa',
  kEECDH: ({ exchange }) => exchange === 'ecdhe',
  kECDHE: ({ exchange }) => exchange === 'ecdhe',
  EECDH: ({ exchange }) => exchange === 'ecdhe',
  ECDHE: ({ exchange }) => exchange === 'ecdhe',
  ECDH: ({ exchange }) => exchange === 'ecdhe',
  kEDH: ({ exchange }) => exchange === 'dhe',
  kDHE: ({ exchange }) => exchange === 'dhe',
  EDH: ({ exchange }) => exchange === 'dhe',
  DHE: ({ exchange }) => exchange === 'dhe',
  DH: ({ exchange }) => exchange === 'dhe',
  AES: ({ cipher }) => cipher.startsWith('aes'),
  AES128: ({ cipher }) => cipher.startsWith('aes-128'),
  AES256: ({ cipher }) => cipher.startsWith('aes-256'),
  AESGCM: ({ cipher }) => cipher.endsWith('gcm'),
  CHACHA20: ({ cipher }) => cipher === 'chacha20-poly1305',
  SHA1: ({ macHash }) => macHash === 'sha1',
  SHA: ({ macHash }) => macHash === 'sha1',
  SHA256: ({ macHash }) => macHash === 'sha256',
  SHA384: ({ macHash }) => macHash === 'sha384',
  'TLSv1.2': ({ minVersion }) => minVersion === Version.tls12,
  'TLSv1.0': () => false,
  TLSv1: ({ minVersion }) => minVersion < Version.tls12,
  SSLv3: ({ minVersion }) => minVersion < Version.tls12,
};

function matching(word: string): Suite[] {
  const named = TLS12_SUITES.filter((suite) => suite.name === word || suite.standardName === word);
  if (named.length > 0) return named;
  const tests = word.split('+').map((part) => GROUPS[part]);
  if (tests.some((test) => test === undefined)) return [];
  return TLS12_SUITES.filter((suite) => tests.every((test) => test?.(suite) === true));
}

export interface CipherList {
  readonly suites: Suite[];
  /** `@SECLEVEL=n` */
  readonly securityLevel: number | undefined;
}

/** ciphers(1) of OpenSSL. */
export function parseCipherList(list: string): CipherList {
  let suites: Suite[] = [];
  let securityLevel: number | undefined;
  const killed = new Set<Suite>();
  for (const word of list.replaceAll('@', ':@').split(/[:, ;]/)) {
    const level = /^@SECLEVEL=([0-5])$/.exec(word);
    if (level !== null) securityLevel = Number(level[1]);
    if (word === '' || word.startsWith('@')) continue;
    const sign = '!-+'.includes(word.charAt(0)) ? word.charAt(0) : '';
    const found = matching(sign === '' ? word : word.slice(1));
    if (sign === '!') for (const suite of found) killed.add(suite);
    if (sign !== '') {
      const moved = suites.filter((suite) => found.includes(suite));
      suites = suites.filter((suite) => !found.includes(suite));
      if (sign === '+') suites.push(...moved);
    } else {
      suites.push(...found.filter((suite) => !suites.includes(suite) && !killed.has(suite)));
    }
  }
  return { suites, securityLevel };
}

/** Names of TLS 1.3 suites; undefined when one is unknown. */
export function parseSuites13(list: string): Suite[] | undefined {
  const suites: Suite[] = [];
  for (const name of list.split(':')) {
    if (name === '') continue;
    const suite = TLS13_SUITES.find((one) => one.name === name);
    if (suite === undefined) {
      if (name === 'TLS_AES_128_CCM_SHA256' || name === 'TLS_AES_128_CCM_8_SHA256') continue;
      return undefined;
    }
    suites.push(suite);
  }
  return suites;
}
