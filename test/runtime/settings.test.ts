import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from '../../runtime/settings.ts';
import { runToEnd, Runtime } from './harness.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe('the settings', () => {
  it('have the defaults of the readme', () => {
    expect(readSettings({ MHNOS_WORKSPACE: '/workspace' })).toMatchObject({
      port: 18790,
      host: '127.0.0.1',
      workspace: '/workspace',
      sandbox: 'strict',
      allowOpenclaw: false,
      maxProcesses: 50,
      maxMemoryBytes: 2 ** 30,
      logLevel: 'info',
      token: undefined,
      s3: undefined,
    });
  });

  it('are all checked, and reported together', () => {
    const problems = problemsOf({
      MHNOS_RUNTIME_PORT: '99999',
      MHNOS_SANDBOX: 'tight',
      MHNOS_ALLOW_OPENCLAW: 'yes',
      MHNOS_MAX_PROCESSES: '0',
      MHNOS_MAX_MEMORY: '12 apples',
      MHNOS_LOG_LEVEL: 'loud',
      MHNOS_WORKSPACE: 'relative',
      MHNOS_ALLOWED_ORIGINS: '*, https://good.example, http://*:5173, https://evil.example:*',
      MHNOS_ALLOWED_HOSTS: 'http://host',
      MHNOS_TOKEN: 'has a space and is long enough otherwise',
      S3_ENDPOINT: 'http://localhost:9000',
    });
    expect(problems.map((problem) => /^(MHNOS_[A-Z_]+|S3)/.exec(problem)?.[0])).toEqual([
      'MHNOS_RUNTIME_PORT',
      'MHNOS_WORKSPACE',
      'MHNOS_SANDBOX',
      'MHNOS_ALLOW_OPENCLAW',
      'MHNOS_MAX_PROCESSES',
      'MHNOS_MAX_MEMORY',
      'MHNOS_LOG_LEVEL',
      'MHNOS_TOKEN',
      'MHNOS_ALLOWED_ORIGINS',
      'MHNOS_ALLOWED_ORIGINS',
      'MHNOS_ALLOWED_ORIGINS',
      'MHNOS_ALLOWED_HOSTS',
      'S3',
    ]);
  });

  it.each([
    ['512m', 512 * 2 ** 20],
    ['2G', 2 ** 31],
    ['1073741824', 2 ** 30],
    ['524288k', 2 ** 29],
  ])('read %s of memory', (text, bytes) => {
    expect(readSettings({ MHNOS_MAX_MEMORY: text }).maxMemoryBytes).toBe(bytes);
  });

  it('read the older names of the object store', () => {
    const { s3 } = readSettings({
      MINIO_ENDPOINT: 'http://minio:9000/',
      MINIO_ROOT_USER: 'me',
      MINIO_ROOT_PASSWORD: 'secret',
      MINIO_BUCKET: 'workspace',
    });
    expect(s3).toMatchObject({
      endpoint: 'http://minio:9000',
      accessKey: 'me',
      secretKey: 'secret',
      bucket: 'workspace',
    });
  });

  it('stop the start with every sentence when they are wrong', async () => {
    const { code, output } = await runToEnd({ MHNOS_SANDBOX: 'tight', MHNOS_RUNTIME_PORT: 'x' });
    expect(code).toBe(78);
    expect(output).toContain('MHNOS_SANDBOX is "tight"');
    expect(output).toContain('MHNOS_RUNTIME_PORT is "x"');
  });

  it('take the token from a file, and say when the port is taken', async () => {
    const file = `/tmp/mhnos-token-${process.pid}`;
    writeFileSync(file, `${'t'.repeat(43)}\n`);
    await using runtime = await Runtime.start({ MHNOS_TOKEN_FILE: file, MHNOS_TOKEN: 't'.repeat(43) });
    const client = await runtime.connect();
    expect(client.hello.sandbox.mode).toBe('strict');
    const { code, output } = await runToEnd({
      MHNOS_RUNTIME_PORT: String(runtime.port),
      MHNOS_WORKSPACE: runtime.workspace,
    });
    expect(code).toBe(78);
    expect(output).toContain(`Port ${runtime.port} is taken`);
  });
});
