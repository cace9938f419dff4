/** Makes the bucket and its CORS rules, once the store answers. Run again, it changes nothing that is right already. */
import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketCorsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { Reader } from '../settings.ts';
import { readS3Settings } from './settings.ts';
import { ObjectStore } from './store.ts';

const ATTEMPTS = 60;
const BETWEEN_MS = 2_000;
const CORS_MAX_AGE_SECONDS = 600;

async function bucketExists(client: S3Client, bucket: string): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'NotFound') return false;
    throw error;
  }
}

async function setUp(client: S3Client, bucket: string, origins: readonly string[]): Promise<void> {
  if (!(await bucketExists(client, bucket))) {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    console.log(`made the bucket ${bucket}`);
  }
  const rule = {
    AllowedOrigins: [...origins],
    AllowedMethods: ['GET', 'PUT', 'HEAD'],
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag', 'Content-Encoding', 'x-amz-meta-sha256', 'x-amz-meta-mode'],
    MaxAgeSeconds: CORS_MAX_AGE_SECONDS,
  };
  await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }));
  console.log(`pages of ${origins.join(', ')} may use the signed URLs of ${bucket}`);
}

const reader = new Reader(process.env);
const settings = readS3Settings(reader);
const origins = reader.list('MHNOS_ALLOWED_ORIGINS', []);
if (settings === undefined || origins.length === 0) {
  reader.problems.push('S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY and MHNOS_ALLOWED_ORIGINS are needed.');
}
if (settings === undefined || reader.problems.length > 0) {
  for (const problem of reader.problems) console.error(problem);
  process.exit(78);
}
const store = new ObjectStore(settings);
for (let attempt = 1; ; attempt++) {
  try {
    await setUp(store.client, settings.bucket, origins);
    break;
  } catch (error) {
    if (attempt === ATTEMPTS) throw error;
    console.log(`the store is not ready (${(error as Error).name}), trying again`);
    await sleep(BETWEEN_MS);
  }
}
