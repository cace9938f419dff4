/** A small npm registry on this machine: packages made from texts, answered as a registry answers, to any origin. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { tarOf } from '../contract/backends/archives.ts';

export interface RegistryPackage {
  manifest: { name: string; version: string; [field: string]: unknown };
  /** Path within the package → text. */
  files: Record<string, string>;
  /** What is sent is not what the integrity says. */
  damaged?: boolean;
}

interface Published {
  manifest: RegistryPackage['manifest'];
  tarball: Uint8Array;
  integrity: string;
  damaged: boolean;
}

function publish({ manifest, files, damaged = false }: RegistryPackage): Published {
  const texts = { ...files, 'package.json': `${JSON.stringify(manifest)}\n` };
  const entries = Object.entries(texts).map(([name, text]) => ({
    name: `package/${name}`,
    content: new TextEncoder().encode(text),
    mode: name.startsWith('bin/') ? 0o755 : 0o644,
  }));
  const tarball = new Uint8Array(gzipSync(tarOf(entries)));
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  return { manifest, tarball, integrity, damaged };
}

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

/** Starts it on a free port. It goes by the name `host`, which the caller makes lead here. */
export async function startRegistry(
  host: string,
  packages: readonly RegistryPackage[],
): Promise<{ server: Server; address: string }> {
  const published = packages.map(publish);
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body?: string | Uint8Array) =>
      response.writeHead(status, { ...CORS, 'Content-Type': type }).end(body);
    if (request.method === 'OPTIONS') return answer(204, 'text/plain');
    const [name = '', tarball] = decodeURIComponent((request.url ?? '').slice(1)).split('/-/');
    const versions = published.filter(({ manifest }) => manifest.name === name);
    if (versions.length === 0) return answer(404, 'application/json', '{"error":"Not found"}');
    if (tarball === undefined) return answer(200, 'application/json', documentOf(name, versions));
    const wanted = versions.find(({ manifest }) => `${name}-${manifest.version}.tgz` === tarball);
    const bytes = wanted?.damaged ? gzipSync('something else') : wanted?.tarball;
    return answer(200, 'application/octet-stream', bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const address = `http://${host}:${port}/`;

  function documentOf(name: string, versions: readonly Published[]): string {
    const documents = versions.map(({ manifest, integrity }) => {
      const tarball = `${address}${name}/-/${name}-${manifest.version}.tgz`;
      return [manifest.version, { ...manifest, dist: { integrity, tarball } }] as const;
    });
    const latest = versions.at(-1)?.manifest.version;
    return JSON.stringify({ name, 'dist-tags': { latest }, versions: Object.fromEntries(documents) });
  }
  return { server, address };
}
