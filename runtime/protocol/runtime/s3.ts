// Copied from src/protocol/runtime/s3.ts by scripts/runtime-protocol.mjs: edit it there.
/** S3: the bridge signs, the browser and the store talk directly; the bridge itself moves objects into and out of the workspace. */
import * as v from 'valibot';
import { count, id, list, sha256, text } from './common.ts';

/** An object to upload. With `size`, the URL is good for exactly that many bytes. Large ones had better be multipart. */
export const MULTIPART_FROM_BYTES = 64 * 1024 * 1024;

const upload = {
  key: text,
  size: v.optional(count),
  contentType: v.optional(text),
  sha256: v.optional(sha256),
  /** `gzip` if the bytes were compressed before. */
  contentEncoding: v.optional(v.picklist(['gzip'])),
  executable: v.optional(v.boolean()),
};
const expiresIn = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(604_800)));
const uploadId = text;

export const clientS3Messages = [
  v.object({ type: v.literal('s3Status'), ...id }),
  v.object({ type: v.literal('s3GetUploadUrl'), ...id, ...upload, expiresIn }),
  v.object({ type: v.literal('s3GetDownloadUrl'), ...id, key: text, expiresIn }),
  v.object({ type: v.literal('s3GetBatchUploadUrls'), ...id, files: list(v.object(upload)), expiresIn }),
  v.object({ type: v.literal('s3GetBatchDownloadUrls'), ...id, keys: list(text), expiresIn }),
  v.object({
    type: v.literal('s3List'),
    ...id,
    prefix: v.optional(text),
    continuationToken: v.optional(text),
    maxKeys: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))),
  }),
  v.object({ type: v.literal('s3Delete'), ...id, key: text }),
  v.object({ type: v.literal('s3GetMetadata'), ...id, key: text }),
  /** Begins a multipart upload of `size` bytes, or finds the unfinished one of the same key, size and hash. */
  v.object({ type: v.literal('s3MultipartStart'), ...id, ...upload, size: count, expiresIn }),
  v.object({
    type: v.literal('s3MultipartComplete'),
    ...id,
    key: text,
    uploadId,
    parts: list(v.object({ partNumber: count, etag: text })),
  }),
  v.object({ type: v.literal('s3MultipartAbort'), ...id, key: text, uploadId }),
  /**
   * The store's objects into the workspace (after an s3push), or the workspace's files to the store (before an s3pull).
   * A file's key is `keyPrefix` and its path below the folder `root`; `prefix` of that path says which are meant.
   */
  v.object({
    type: v.picklist(['s3PullWorkspace', 's3PushWorkspace']),
    ...id,
    root: v.optional(text, ''),
    /** Default: the root itself, so that the store is laid out as the workspace is. */
    keyPrefix: v.optional(text),
    prefix: v.optional(text, ''),
    excludes: v.optional(list(text)),
  }),
] as const;

const signed = v.object({ key: text, url: text, headers: v.record(text, text), expiresAt: count });
const object = v.object({ key: text, size: count, etag: text, lastModified: count });

export const serverS3Messages = [
  v.object({
    type: v.literal('s3Status'),
    ...id,
    configured: v.boolean(),
    reachable: v.optional(v.boolean()),
    endpoint: v.optional(text),
    bucket: v.optional(text),
    code: v.optional(text),
    message: v.optional(text),
  }),
  v.object({ type: v.literal('s3UploadUrl'), ...id, ...signed.entries }),
  v.object({ type: v.literal('s3DownloadUrl'), ...id, ...signed.entries }),
  v.object({ type: v.literal('s3BatchUploadUrls'), ...id, urls: v.array(signed) }),
  v.object({ type: v.literal('s3BatchDownloadUrls'), ...id, urls: v.array(signed) }),
  v.object({
    type: v.literal('s3List'),
    ...id,
    objects: v.array(object),
    continuationToken: v.optional(text),
  }),
  v.object({ type: v.literal('s3Deleted'), ...id, key: text }),
  v.object({
    type: v.literal('s3Metadata'),
    ...id,
    ...object.entries,
    contentType: v.optional(text),
    contentEncoding: v.optional(text),
    metadata: v.record(text, text),
  }),
  /** `parts` lists what is still to be sent, `done` what the store has of an earlier attempt. */
  v.object({
    type: v.literal('s3Multipart'),
    ...id,
    key: text,
    uploadId,
    partSize: count,
    parts: v.array(v.object({ partNumber: count, size: count, url: text })),
    done: v.array(v.object({ partNumber: count, size: count, etag: text })),
  }),
  v.object({ type: v.literal('s3MultipartDone'), ...id, key: text }),
  v.object({
    type: v.literal('s3WorkspaceDone'),
    ...id,
    moved: count,
    same: count,
    bytes: count,
    conflicts: v.array(v.object({ path: text, keptAs: text })),
    errors: v.array(v.object({ path: text, code: text, message: text })),
  }),
] as const;
