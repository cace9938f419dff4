/**
 * The object store. URLs are signed for the endpoint that browsers reach, requests go to the one that the bridge
 * reaches. A signed length makes an upload URL good for exactly the announced size; checksums that SDKs of today add
 * by default are left out, because a browser would have to send them.
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { BridgeError } from '../errors.ts';
import { s3Call } from './errors.ts';
import type { S3Settings } from './settings.ts';

export interface Upload {
  readonly key: string;
  readonly size?: number | undefined;
  readonly contentType?: string | undefined;
  readonly sha256?: string | undefined;
  readonly contentEncoding?: 'gzip' | undefined;
  readonly executable?: boolean | undefined;
}

export interface Signed {
  readonly key: string;
  readonly url: string;
  /** To be sent with the request, as they are signed. */
  readonly headers: Record<string, string>;
  readonly expiresAt: number;
}

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
}

/** Signs one request: a closure, because the SDK types each kind of command by itself. */
export type Sign = (client: S3Client, options: Parameters<typeof getSignedUrl>[2]) => Promise<string>;

/** What S3 takes in one PUT. */
const SINGLE_PUT_MAX_BYTES = 5 * 2 ** 30;
const KEY_MAX_BYTES = 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

export function checkKey(key: string): void {
  if (key === '' || key.startsWith('/') || Buffer.byteLength(key) > KEY_MAX_BYTES) {
    throw new BridgeError(
      'EINVAL',
      `"${key}" is not a key: 1 to ${KEY_MAX_BYTES} bytes that do not begin with /.`,
    );
  }
  if (key.split('/').some((segment) => segment === '..' || segment === '.')) {
    throw new BridgeError('EINVAL', `"${key}" has . or .. in it, which no file of the workspace could have.`);
  }
}

/** What an object says of the file that it is: the hash of its contents (unpacked, if it is packed), and the executable bit. */
export function metadataOf({ sha256, executable }: Upload): Record<string, string> {
  return {
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(executable === undefined ? {} : { mode: executable ? 'x' : '-' }),
  };
}

export class ObjectStore {
  readonly settings: S3Settings;
  readonly client: S3Client;
  readonly #signer: S3Client;

  constructor(settings: S3Settings) {
    this.settings = settings;
    const client = (endpoint: string): S3Client =>
      new S3Client({
        endpoint,
        region: settings.region,
        forcePathStyle: true,
        credentials: { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey },
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: CONNECT_TIMEOUT_MS },
      });
    this.client = client(settings.endpoint);
    this.#signer =
      settings.publicEndpoint === settings.endpoint ? this.client : client(settings.publicEndpoint);
  }

  get bucket(): string {
    return this.settings.bucket;
  }

  /** Throws what is wrong: ENODEV (no such bucket), EACCES, ECONNREFUSED … */
  async check(): Promise<void> {
    await s3Call(`the bucket ${this.bucket}`, async () => {
      try {
        await this.client.send(new HeadBucketCommand({ Bucket: this.bucket }));
      } catch (error) {
        if ((error as Error).name === 'NotFound') {
          throw new BridgeError('ENODEV', `The object store has no bucket ${this.bucket} (S3_BUCKET).`);
        }
        throw error;
      }
    });
  }

  async uploadUrl(upload: Upload, expiresIn?: number): Promise<Signed> {
    checkKey(upload.key);
    if ((upload.size ?? 0) > SINGLE_PUT_MAX_BYTES) {
      throw new BridgeError('EFBIG', `${upload.key} is over 5 GiB: s3MultipartStart takes it in parts.`);
    }
    const { contentType, contentEncoding, size } = upload;
    const command = new PutObjectCommand({
      Bucket: this.bucket,
      Key: upload.key,
      Metadata: metadataOf(upload),
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
      ...(size === undefined ? {} : { ContentLength: size }),
    });
    const headers: Record<string, string> = {
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }),
    };
    const sign: Sign = (client, options) => getSignedUrl(client, command, options);
    return await this.#sign(sign, upload.key, headers, size !== undefined, expiresIn);
  }

  async downloadUrl(key: string, expiresIn?: number): Promise<Signed> {
    checkKey(key);
    const command = new GetObjectCommand({ Bucket: this.bucket, Key: key });
    const sign: Sign = (client, options) => getSignedUrl(client, command, options);
    return await this.#sign(sign, key, {}, false, expiresIn);
  }

  async #sign(
    sign: Sign,
    key: string,
    headers: Record<string, string>,
    signLength: boolean,
    expiresIn = this.settings.urlExpirySeconds,
  ): Promise<Signed> {
    const signed = new Set(['host', ...Object.keys(headers), ...(signLength ? ['content-length'] : [])]);
    const expiresAt = Date.now() + expiresIn * 1000;
    const url = await s3Call(`a URL for ${key}`, () =>
      sign(this.#signer, {
        expiresIn,
        signableHeaders: signed,
        unhoistableHeaders: new Set([...signed].filter((name) => name !== 'host')),
      }),
    );
    return { key, url, headers, expiresAt };
  }

  /** A URL for a request that other modules of the store make. */
  async signedUrl(sign: Sign, key: string, expiresIn: number | undefined): Promise<string> {
    return (await this.#sign(sign, key, {}, true, expiresIn)).url;
  }

  async list(
    prefix: string,
    continuationToken?: string,
    maxKeys?: number,
  ): Promise<{ objects: StoredObject[]; continuationToken?: string }> {
    const page = await s3Call('the list of objects', () =>
      this.client.send(
        new ListObjectsV2Command({
          Bucket: this.bucket,
          Prefix: prefix,
          ...(continuationToken === undefined ? {} : { ContinuationToken: continuationToken }),
          ...(maxKeys === undefined ? {} : { MaxKeys: maxKeys }),
        }),
      ),
    );
    const objects = (page.Contents ?? []).map((object) => ({
      key: object.Key ?? '',
      size: object.Size ?? 0,
      etag: object.ETag ?? '',
      lastModified: object.LastModified?.getTime() ?? 0,
    }));
    const next = page.NextContinuationToken;
    return next === undefined ? { objects } : { objects, continuationToken: next };
  }

  async *listAll(prefix: string): AsyncGenerator<StoredObject> {
    let token: string | undefined;
    do {
      const page = await this.list(prefix, token);
      yield* page.objects;
      token = page.continuationToken;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    await s3Call(`to delete ${key}`, () =>
      this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key })),
    );
  }

  async head(key: string): Promise<HeadObjectCommandOutput> {
    checkKey(key);
    return await s3Call(`to look at ${key}`, () =>
      this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key })),
    );
  }
}
