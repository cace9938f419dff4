/** Requests about the object store. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Handlers } from '../connection.ts';
import { BridgeError, codeOf, messageOf } from '../errors.ts';
import { excludes } from '../protocol/runtime/excludes.ts';
import { DEFAULT_EXCLUDES } from '../protocol/runtime/files.ts';
import { homeOf } from '../processes/command.ts';
import { Multipart } from '../s3/multipart.ts';
import { checkKey, ObjectStore } from '../s3/store.ts';
import { WorkspaceTransfer } from '../s3/workspace.ts';
import type { Settings } from '../settings.ts';
import { idOf } from './processes.ts';
import type { SyncTrees } from './sync.ts';

type S3Handlers = Pick<Handlers, Extract<keyof Handlers, `s3${string}`>>;

export function s3Handlers(settings: Settings, trees: SyncTrees): S3Handlers {
  const store = settings.s3 === undefined ? undefined : new ObjectStore(settings.s3);
  const folder = join(homeOf(settings), '.mhnos');
  if (store !== undefined) mkdirSync(folder, { recursive: true });
  const multipart = store === undefined ? undefined : new Multipart(store, join(folder, 's3-uploads.json'));
  const configured = <Part>(part: Part | undefined): Part => {
    if (part !== undefined) return part;
    throw new BridgeError(
      'ENOSYS',
      'No object store is set up: S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY name one.',
    );
  };
  /** One transfer at a time: they share the record of what was agreed. */
  let transfers: Promise<unknown> = Promise.resolve();
  const transfer = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const result = transfers.then(run);
    transfers = result.catch(() => undefined);
    return result;
  };

  return {
    async s3Status(message) {
      if (store === undefined) return { type: 's3Status', ...idOf(message), configured: false };
      const where = { configured: true, endpoint: store.settings.publicEndpoint, bucket: store.bucket };
      try {
        await store.check();
        return { type: 's3Status', ...idOf(message), ...where, reachable: true };
      } catch (error) {
        const problem = { code: codeOf(error), message: messageOf(error) };
        return { type: 's3Status', ...idOf(message), ...where, reachable: false, ...problem };
      }
    },
    async s3GetUploadUrl(message) {
      const signed = await configured(store).uploadUrl(message, message.expiresIn);
      return { type: 's3UploadUrl', ...idOf(message), ...signed };
    },
    async s3GetDownloadUrl(message) {
      const signed = await configured(store).downloadUrl(message.key, message.expiresIn);
      return { type: 's3DownloadUrl', ...idOf(message), ...signed };
    },
    async s3GetBatchUploadUrls(message) {
      const { files, expiresIn } = message;
      const urls = await Promise.all(files.map((file) => configured(store).uploadUrl(file, expiresIn)));
      return { type: 's3BatchUploadUrls', ...idOf(message), urls };
    },
    async s3GetBatchDownloadUrls(message) {
      const { keys, expiresIn } = message;
      const urls = await Promise.all(keys.map((key) => configured(store).downloadUrl(key, expiresIn)));
      return { type: 's3BatchDownloadUrls', ...idOf(message), urls };
    },
    async s3List(message) {
      const page = await configured(store).list(
        message.prefix ?? '',
        message.continuationToken,
        message.maxKeys,
      );
      return { type: 's3List', ...idOf(message), ...page };
    },
    async s3Delete(message) {
      await configured(store).delete(message.key);
      return { type: 's3Deleted', ...idOf(message), key: message.key };
    },
    async s3GetMetadata(message) {
      const head = await configured(store).head(message.key);
      return {
        type: 's3Metadata',
        ...idOf(message),
        key: message.key,
        size: head.ContentLength ?? 0,
        etag: head.ETag ?? '',
        lastModified: head.LastModified?.getTime() ?? 0,
        contentType: head.ContentType,
        contentEncoding: head.ContentEncoding,
        metadata: head.Metadata ?? {},
      };
    },
    async s3MultipartStart(message) {
      const plan = await configured(multipart).start(message, message.expiresIn);
      return { type: 's3Multipart', ...idOf(message), ...plan };
    },
    async s3MultipartComplete(message) {
      await configured(multipart).complete(message.key, message.uploadId, message.parts);
      return { type: 's3MultipartDone', ...idOf(message), key: message.key };
    },
    async s3MultipartAbort(message) {
      await configured(multipart).abort(message.key, message.uploadId);
      return { type: 's3MultipartDone', ...idOf(message), key: message.key };
    },
    async s3PullWorkspace(message) {
      return await move(message, 'pull');
    },
    async s3PushWorkspace(message) {
      return await move(message, 'push');
    },
  };

  async function move(
    message: {
      id?: string | undefined;
      root: string;
      keyPrefix?: string | undefined;
      prefix: string;
      excludes?: string[] | undefined;
    },
    direction: 'pull' | 'push',
  ) {
    const {
      root,
      keyPrefix = root === '' ? '' : `${root}/`,
      excludes: patterns = [...DEFAULT_EXCLUDES],
    } = message;
    const objects = configured(store);
    if (keyPrefix !== '') checkKey(keyPrefix);
    const tree = trees.get({ root, excludes: patterns });
    const report = await transfer(() =>
      new WorkspaceTransfer(objects, tree, folder, keyPrefix)[direction](message.prefix, excludes(patterns)),
    );
    return { type: 's3WorkspaceDone' as const, ...idOf(message), ...report };
  }
}
