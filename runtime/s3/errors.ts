/** What the store's errors are to a client: an errno name and a sentence without the store's own words for secrets. */
import { BridgeError, messageOf } from '../errors.ts';

const CODES: Readonly<Record<string, string>> = {
  NoSuchKey: 'ENOENT',
  NotFound: 'ENOENT',
  NoSuchUpload: 'ENOENT',
  NoSuchBucket: 'ENODEV',
  AccessDenied: 'EACCES',
  Forbidden: 'EACCES',
  InvalidAccessKeyId: 'EACCES',
  SignatureDoesNotMatch: 'EACCES',
  PreconditionFailed: 'EEXIST',
  EntityTooLarge: 'EFBIG',
  EntityTooSmall: 'EINVAL',
  InvalidPart: 'EINVAL',
  SlowDown: 'EAGAIN',
  TimeoutError: 'ETIMEDOUT',
};

interface ServiceError {
  readonly name: string;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && '$metadata' in error;
}

function codeFor(error: unknown): string {
  if (isServiceError(error)) {
    const known = CODES[error.name];
    if (known !== undefined) return known;
    const status = error.$metadata?.httpStatusCode;
    if (status === 404) return 'ENOENT';
    if (status === 403) return 'EACCES';
    if (status === 412) return 'EEXIST';
  }
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? code : 'EIO';
}

/** Runs the request, and turns its failure into a coded one that says what was tried. */
export async function s3Call<Result>(what: string, request: () => Promise<Result>): Promise<Result> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    const code = codeFor(error);
    const detail = isServiceError(error) ? error.name : messageOf(error);
    throw new BridgeError(code, `The object store refused ${what}: ${detail}.`);
  }
}
