/**
 * The object store as a client uses it: the runtime signs, and contents go between here and the store directly. What
 * fails on the way is tried again; a URL that expired is asked for anew.
 */
import type { MessageOf, ServerMessage } from '../../protocol/runtime.ts';
import { MULTIPART_FROM_BYTES } from '../../protocol/runtime/s3.ts';
import { backoffMs } from '../backoff.ts';
import type { RemoteConnection } from '../connection.ts';
import { RemoteError } from '../errors.ts';

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
}

export type ObjectMetadata = MessageOf<ServerMessage, 's3Metadata'>;
export type StoreStatus = MessageOf<ServerMessage, 's3Status'>;

/** What is uploaded, as it travels. */
export interface Upload {
  readonly key: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Of the contents before they were packed. */
  readonly sha256: string;
  readonly contentEncoding?: 'gzip' | undefined;
  readonly executable: boolean;
}

export interface Download {
  /** Unpacked. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  /** As the object says; undefined for one that others put there. */
  readonly sha256: string | undefined;
  readonly executable: boolean;
}

interface Signed {
  readonly key: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly expiresAt: number;
}

/** Of one request to the store. */
const ATTEMPTS = 4;
/** Parts of one object that travel at the same time. */
const PARTS_AT_ONCE = 3;
/** A URL with less than this to live is not used. */
const EXPIRY_MARGIN_MS = 5_000;

const HTTP_FORBIDDEN = 403;
const HTTP_NOT_FOUND = 404;
const HTTP_SERVER_ERRORS = 500;

const metadataOf = ({ key, body, sha256, contentEncoding, executable }: Upload) => ({
  key,
  size: body.length,
  sha256,
  executable,
  ...(contentEncoding === undefined ? {} : { contentEncoding }),
});

export class RemoteStore {
  readonly #connection: RemoteConnection;
  readonly #multipartFrom: number;

  constructor(connection: RemoteConnection, { multipartFromBytes = MULTIPART_FROM_BYTES } = {}) {
    this.#connection = connection;
    this.#multipartFrom = multipartFromBytes;
  }

  status(): Promise<StoreStatus> {
    return this.#connection.request({ type: 's3Status' }, 's3Status');
  }

  /** Rejects with ENOSYS (no store is set up), ENODEV (no such bucket), EACCES, ECONNREFUSED … */
  async check(): Promise<void> {
    const {
      configured,
      reachable,
      code = 'EIO',
      message = 'The object store cannot be used.',
    } = await this.status();
    if (!configured)
      throw new RemoteError(
        'ENOSYS',
        'The runtime has no object store: S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY set one up.',
      );
    if (reachable !== true) throw new RemoteError(code, message);
  }

  /** Every object below the prefix, page after page. */
  async *list(prefix: string): AsyncGenerator<StoredObject> {
    let token: string | undefined;
    do {
      const more = token === undefined ? {} : { continuationToken: token };
      const page = await this.#connection.request({ type: 's3List', prefix, ...more }, 's3List');
      yield* page.objects;
      token = page.continuationToken;
    } while (token !== undefined);
  }

  metadata(key: string): Promise<ObjectMetadata> {
    return this.#connection.request({ type: 's3GetMetadata', key }, 's3Metadata');
  }

  async delete(key: string): Promise<void> {
    await this.#connection.request({ type: 's3Delete', key }, 's3Deleted');
  }

  /** The runtime takes the objects into its workspace, or its files there to the store. */
  moveInRuntime(
    direction: 'pull' | 'push',
    what: { root: string; keyPrefix: string; prefix: string; excludes: string[] },
  ): Promise<MessageOf<ServerMessage, 's3WorkspaceDone'>> {
    const type = direction === 'pull' ? 's3PullWorkspace' : 's3PushWorkspace';
    return this.#connection.request({ type, ...what }, 's3WorkspaceDone');
  }

  /** Uploads them, the URLs of all asked for at once. → the object's etag or what went wrong, in order. */
  async upload(files: readonly Upload[]): Promise<(string | Error)[]> {
    const small = files.filter((file) => file.body.length < this.#multipartFrom);
    const signed = new Map<string, Signed>();
    if (small.length > 0) {
      const answer = await this.#connection.request(
        { type: 's3GetBatchUploadUrls', files: small.map(metadataOf) },
        's3BatchUploadUrls',
      );
      for (const url of answer.urls) signed.set(url.key, url);
    }
    return await Promise.all(
      files.map(async (file) => {
        try {
          const url = signed.get(file.key);
          return url === undefined ? await this.#uploadParts(file) : await this.#put(file, url);
        } catch (error) {
          return error instanceof Error ? error : new Error(String(error));
        }
      }),
    );
  }

  /** Downloads them, the URLs of all asked for at once. → the object or what went wrong, in order. */
  async download(keys: readonly string[]): Promise<(Download | Error)[]> {
    if (keys.length === 0) return [];
    const { urls } = await this.#connection.request(
      { type: 's3GetBatchDownloadUrls', keys: [...keys] },
      's3BatchDownloadUrls',
    );
    return await Promise.all(
      urls.map(async (url) => {
        try {
          return await this.#get(url);
        } catch (error) {
          return error instanceof Error ? error : new Error(String(error));
        }
      }),
    );
  }

  async #put(file: Upload, first: Signed): Promise<string> {
    const again = (): Promise<Signed> =>
      this.#connection.request({ type: 's3GetUploadUrl', ...metadataOf(file) }, 's3UploadUrl');
    const response = await attempt(file.key, first, again, ({ url, headers }) =>
      fetch(url, { method: 'PUT', body: file.body, headers }),
    );
    return response.headers.get('etag') ?? (await this.metadata(file.key)).etag;
  }

  async #get(first: Signed): Promise<Download> {
    const { key } = first;
    const again = (): Promise<Signed> =>
      this.#connection.request({ type: 's3GetDownloadUrl', key }, 's3DownloadUrl');
    let bytes = new Uint8Array();
    const response = await attempt(key, first, again, async ({ url }) => {
      const answer = await fetch(url, { cache: 'no-store' });
      if (answer.ok) bytes = new Uint8Array(await answer.arrayBuffer());
      return answer;
    });
    const { headers } = response;
    return {
      bytes,
      etag: headers.get('etag') ?? '',
      sha256: headers.get('x-amz-meta-sha256') ?? undefined,
      executable: headers.get('x-amz-meta-mode') === 'x',
    };
  }

  /** In parts, without those that the store has of an earlier attempt. */
  async #uploadParts(file: Upload): Promise<string> {
    const plan = () =>
      this.#connection.request({ type: 's3MultipartStart', ...metadataOf(file) }, 's3Multipart');
    const { key, uploadId, partSize, parts, done } = await plan();
    const sent = done.map(({ partNumber, etag }) => ({ partNumber, etag }));
    const queue = [...parts];
    const sender = async (): Promise<void> => {
      for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
        const { partNumber, size, url } = part;
        const from = (partNumber - 1) * partSize;
        const again = async (): Promise<Signed> => {
          const fresh = (await plan()).parts.find((each) => each.partNumber === partNumber);
          return signedPart(key, fresh?.url ?? url);
        };
        const response = await attempt(key, signedPart(key, url), again, (signed) =>
          fetch(signed.url, { method: 'PUT', body: file.body.subarray(from, from + size) }),
        );
        sent.push({ partNumber, etag: response.headers.get('etag') ?? '' });
      }
    };
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, sender));
    await this.#connection.request(
      { type: 's3MultipartComplete', key, uploadId, parts: sent },
      's3MultipartDone',
    );
    return (await this.metadata(key)).etag;
  }
}

const signedPart = (key: string, url: string): Signed => ({ key, url, headers: {}, expiresAt: Infinity });

/** Until it succeeds or cannot: failures of the network and of the server are waited out, a refused URL is signed anew once. */
async function attempt(
  key: string,
  first: Signed,
  sign: () => Promise<Signed>,
  send: (signed: Signed) => Promise<Response>,
): Promise<Response> {
  let signed = first.expiresAt - Date.now() < EXPIRY_MARGIN_MS ? await sign() : first;
  let signedAgain = false;
  let failure = new RemoteError('EIO', `${key}: the object store did not answer.`);
  for (let count = 0; count < ATTEMPTS; count++) {
    if (count > 0) await new Promise((resolve) => setTimeout(resolve, backoffMs(count - 1)));
    const response = await send(signed).catch(() => undefined);
    if (response?.ok === true) return response;
    if (response === undefined) {
      failure = unreachable(key, new URL(signed.url).origin);
    } else if (response.status === HTTP_FORBIDDEN && !signedAgain) {
      signedAgain = true;
      signed = await sign();
      failure = refused(key, response.status);
    } else {
      failure = refused(key, response.status);
      if (response.status < HTTP_SERVER_ERRORS) break;
    }
  }
  throw failure;
}

/** fetch says only that it failed, and not why. */
function unreachable(key: string, origin: string): RemoteError {
  return new RemoteError(
    'ECONNREFUSED',
    `${key}: the object store at ${origin} cannot be reached from this browser. Either it does not answer there ` +
      '(S3_PUBLIC_ENDPOINT is where browsers reach it), or its CORS rules do not name the origin of this page ' +
      '(MHNOS_ALLOWED_ORIGINS, then the set-up job).',
  );
}

function refused(key: string, status: number): RemoteError {
  if (status === HTTP_NOT_FOUND)
    return new RemoteError('ENOENT', `${key}: the object store has no such object or bucket.`);
  if (status === HTTP_FORBIDDEN)
    return new RemoteError(
      'EACCES',
      `${key}: the object store refuses the signed URL: it expired, or the clock of the runtime is wrong.`,
    );
  return new RemoteError('EIO', `${key}: the object store answered ${status}.`);
}
