/**
 * Uploads in parts. An unfinished one is found again by key, size and hash, so that only what is missing is sent;
 * the list of them is kept in the workspace, because the store itself does not tell what an upload was to become.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { BridgeError, codeOf } from '../errors.ts';
import { s3Call } from './errors.ts';
import { metadataOf, type ObjectStore, type Sign, type Upload } from './store.ts';

const MEGABYTE = 2 ** 20;
const PART_LEAST_BYTES = 8 * MEGABYTE;
const PARTS_MAX = 10_000;
const UPLOADS_KEPT_MAX = 1_000;

interface Unfinished {
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
  readonly uploadId: string;
}

export interface DonePart {
  readonly partNumber: number;
  readonly size: number;
  readonly etag: string;
}

export interface MultipartPlan {
  readonly key: string;
  readonly uploadId: string;
  readonly partSize: number;
  readonly parts: { partNumber: number; size: number; url: string }[];
  readonly done: DonePart[];
}

export function partSizeFor(size: number): number {
  return Math.max(PART_LEAST_BYTES, Math.ceil(size / PARTS_MAX / MEGABYTE) * MEGABYTE);
}

export class Multipart {
  readonly #store: ObjectStore;
  readonly #file: string;

  constructor(store: ObjectStore, file: string) {
    this.#store = store;
    this.#file = file;
  }

  async start(upload: Upload & { readonly size: number }, expiresIn?: number): Promise<MultipartPlan> {
    const { key, size } = upload;
    if (size === 0) throw new BridgeError('EINVAL', 'An empty object has no parts: s3GetUploadUrl takes it.');
    const found = await this.#resume(upload);
    const uploadId = found?.uploadId ?? (await this.#create(upload));
    const done = found?.done ?? [];
    const partSize = partSizeFor(size);
    const sent = new Set(done.map((part) => part.partNumber));
    const parts: MultipartPlan['parts'] = [];
    for (let partNumber = 1, left = size; left > 0; partNumber++, left -= partSize) {
      if (sent.has(partNumber)) continue;
      const length = Math.min(partSize, left);
      const command = new UploadPartCommand({
        Bucket: this.#store.bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: partNumber,
        ContentLength: length,
      });
      const sign: Sign = (client, options) => getSignedUrl(client, command, options);
      parts.push({ partNumber, size: length, url: await this.#store.signedUrl(sign, key, expiresIn) });
    }
    return { key, uploadId, partSize, parts, done };
  }

  async complete(
    key: string,
    uploadId: string,
    parts: readonly { partNumber: number; etag: string }[],
  ): Promise<void> {
    const sorted = [...parts].sort((a, b) => a.partNumber - b.partNumber);
    await s3Call(`to put ${key} together`, () =>
      this.#store.client.send(
        new CompleteMultipartUploadCommand({
          Bucket: this.#store.bucket,
          Key: key,
          UploadId: uploadId,
          MultipartUpload: {
            Parts: sorted.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
          },
        }),
      ),
    );
    this.#forget(uploadId);
  }

  async abort(key: string, uploadId: string): Promise<void> {
    this.#forget(uploadId);
    await s3Call(`to give ${key} up`, () =>
      this.#store.client.send(
        new AbortMultipartUploadCommand({ Bucket: this.#store.bucket, Key: key, UploadId: uploadId }),
      ),
    );
  }

  async #create(upload: Upload & { readonly size: number }): Promise<string> {
    const { key, size, contentType, contentEncoding, sha256 } = upload;
    const created = await s3Call(`an upload of ${key}`, () =>
      this.#store.client.send(
        new CreateMultipartUploadCommand({
          Bucket: this.#store.bucket,
          Key: key,
          Metadata: metadataOf(upload),
          ...(contentType === undefined ? {} : { ContentType: contentType }),
          ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
        }),
      ),
    );
    const uploadId = created.UploadId;
    if (uploadId === undefined) throw new BridgeError('EIO', 'The object store gave the upload no id.');
    if (sha256 !== undefined) this.#write([...this.#read(), { key, size, sha256, uploadId }]);
    return uploadId;
  }

  async #resume(upload: Upload): Promise<{ uploadId: string; done: DonePart[] } | undefined> {
    const { key, size, sha256 } = upload;
    const found = this.#read().find(
      (each) => each.key === key && each.size === size && each.sha256 === sha256,
    );
    if (found === undefined) return undefined;
    try {
      return { uploadId: found.uploadId, done: await this.#partsOf(key, found.uploadId) };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.#forget(found.uploadId); // completed, given up, or cleaned away
      return undefined;
    }
  }

  async #partsOf(key: string, uploadId: string): Promise<DonePart[]> {
    const done: DonePart[] = [];
    let marker: string | undefined;
    do {
      const page = await s3Call(`the parts of ${key}`, () =>
        this.#store.client.send(
          new ListPartsCommand({
            Bucket: this.#store.bucket,
            Key: key,
            UploadId: uploadId,
            ...(marker === undefined ? {} : { PartNumberMarker: marker }),
          }),
        ),
      );
      for (const part of page.Parts ?? []) {
        done.push({ partNumber: part.PartNumber ?? 0, size: part.Size ?? 0, etag: part.ETag ?? '' });
      }
      marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    return done;
  }

  #read(): Unfinished[] {
    try {
      const list: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      return Array.isArray(list) ? (list as Unfinished[]) : [];
    } catch {
      return [];
    }
  }

  #write(list: readonly Unfinished[]): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify(list.slice(-UPLOADS_KEPT_MAX)));
    renameSync(`${this.#file}.new`, this.#file);
  }

  #forget(uploadId: string): void {
    this.#write(this.#read().filter((each) => each.uploadId !== uploadId));
  }
}
