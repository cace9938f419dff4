/** Where objects are kept. Any S3 service; the MINIO_* names of older set-ups are still read. */
import type { Reader } from '../settings.ts';

export interface S3Settings {
  /** Where the bridge itself reaches the store. */
  readonly endpoint: string;
  /** Where browsers reach it: what URLs are signed for. */
  readonly publicEndpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly urlExpirySeconds: number;
}

/** The longest that S3's signatures may live (SigV4: seven days). */
const EXPIRY_MAX_SECONDS = 604_800;
const EXPIRY_DEFAULT_SECONDS = 3_600;

function url(reader: Reader, name: string, value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    reader.problems.push(`${name} is "${value}"; it must be an http or https URL.`);
  }
  return value.replace(/\/+$/, '');
}

/** Undefined if nothing is set; half a configuration is a problem. */
export function readS3Settings(reader: Reader): S3Settings | undefined {
  const either = (name: string, older: string) => reader.text(name) ?? reader.text(older);
  const endpoint = either('S3_ENDPOINT', 'MINIO_ENDPOINT');
  const accessKey = either('S3_ACCESS_KEY', 'MINIO_ACCESS_KEY') ?? reader.text('MINIO_ROOT_USER');
  const secretKey =
    reader.secret('S3_SECRET_KEY') ??
    reader.secret('MINIO_SECRET_KEY') ??
    reader.secret('MINIO_ROOT_PASSWORD');
  if (endpoint === undefined && accessKey === undefined && secretKey === undefined) return undefined;
  if (endpoint === undefined || accessKey === undefined || secretKey === undefined) {
    reader.problems.push('S3 needs S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY together.');
    return undefined;
  }
  const publicEndpoint = either('S3_PUBLIC_ENDPOINT', 'MINIO_PUBLIC_ENDPOINT') ?? endpoint;
  return {
    endpoint: url(reader, 'S3_ENDPOINT', endpoint),
    publicEndpoint: url(reader, 'S3_PUBLIC_ENDPOINT', publicEndpoint),
    region: either('S3_REGION', 'MINIO_REGION') ?? 'us-east-1',
    bucket: either('S3_BUCKET', 'MINIO_BUCKET') ?? 'mhnos-workspace',
    accessKey,
    secretKey,
    urlExpirySeconds: reader.integer('S3_URL_EXPIRY', EXPIRY_DEFAULT_SECONDS, 1, EXPIRY_MAX_SECONDS),
  };
}
