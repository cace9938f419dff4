import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
const deploy = (...flags: string[]): string =>
  execFileSync('./deploy-vps.sh', [...flags, '--no-start'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
const settings = (): Record<string, string> =>
  Object.fromEntries(
    readFileSync(join(folder, '.env'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mhnos-deploy-'));
  cpSync('runtime/deploy-vps.sh', join(folder, 'deploy-vps.sh'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('deploy-vps.sh', () => {
  it('asks for what it does not know, and makes nothing up', () => {
    expect(() => deploy()).toThrow(/MHNOS_DOMAIN is needed/);
    expect(() => deploy('--nonsense')).toThrow(/unknown option/);
    expect(() => deploy('--domain', 'r.example', '--origins', 'https://*.example')).toThrow(/exact origins/);
  });

  it('writes settings and secrets, and changes only what is asked when it runs again', () => {
    deploy('--domain', 'r.example', '--origins', 'https://app.example');
    const first = settings();
    expect(first).toMatchObject({
      MHNOS_DOMAIN: 'r.example',
      S3_DOMAIN: 's3.r.example',
      MHNOS_ALLOWED_ORIGINS: 'https://app.example',
      MHNOS_ALLOW_OPENCLAW: 'false',
      MHNOS_RUNTIME_PORT: '18790',
      S3_ACCESS_KEY: 'mhnos',
    });
    const token = readFileSync(join(folder, 'secrets/token'), 'utf8');
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(first['S3_SECRET_KEY']).toBe(readFileSync(join(folder, 'secrets/s3-secret-key'), 'utf8'));
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    const said = deploy('--openclaw', '--s3-domain', 'store.example');
    expect(said).toContain('runtime connect wss://r.example');
    expect(said).not.toContain(token);
    expect(settings()).toEqual({ ...first, MHNOS_ALLOW_OPENCLAW: 'true', S3_DOMAIN: 'store.example' });
    expect(readFileSync(join(folder, 'secrets/token'), 'utf8')).toBe(token);
  });
});

describe('the compose files', () => {
  it('give no secret a default, and publish nothing but TLS beyond loopback', () => {
    for (const name of ['docker-compose.yml', 'docker-compose.remote.yml']) {
      const text = readFileSync(join('runtime', name), 'utf8');
      const published = [...text.matchAll(/ports:\s*\[([^\]]*)\]/g)].flatMap((match) =>
        [...(match[1] ?? '').matchAll(/['"]([^'"]+)['"]/g)].map((port) => port[1] ?? ''),
      );
      expect(published.length).toBeGreaterThan(1);
      const open = published.filter((port) => !port.startsWith('127.0.0.1:'));
      expect(open).toEqual(name.includes('remote') ? ['80:80', '443:443', '443:443/udp'] : []);
      expect(text).not.toMatch(/SECRET_KEY: \$\{[A-Z0-9_]+:-[^}]/);
    }
  });

  it('document every variable that the remote one reads', () => {
    const used = new Set(
      [...readFileSync('runtime/docker-compose.remote.yml', 'utf8').matchAll(/\$\{([A-Z0-9_]+)/g)].map(
        (match) => match[1],
      ),
    );
    const documented = readFileSync('runtime/.env.example', 'utf8');
    const images = ['NODE_IMAGE', 'MHNOS_IMAGE', 'CADDY_IMAGE', 'RUSTFS_IMAGE', 'S3_PORT'];
    const missing = [...used].filter(
      (name) => name !== undefined && !images.includes(name) && !documented.includes(name),
    );
    expect(missing).toEqual([]);
  });
});
