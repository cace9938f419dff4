/** What is deployed is well formed: Kubernetes manifests by the models of its client, the unit by systemd. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { node24 } from './harness.ts';

const RUNTIME = resolve(import.meta.dirname, '../../runtime');

/** Walks each object of the manifests along the models that the client generates from Kubernetes' OpenAPI document. */
const CHECK = `
const { readFileSync } = require('node:fs');
const yaml = require('js-yaml');
const k8s = require('@kubernetes/client-node');
const problems = [], kinds = [];
function walk(value, type, path) {
  const list = /^Array<(.*)>$/.exec(type), map = /^\\{ \\[key: string\\]: (.*); \\}$/.exec(type);
  if (list) return Array.isArray(value) ? value.forEach((each, i) => walk(each, list[1], path + '[' + i + ']')) : problems.push(path + ' is no list');
  if (map) return Object.entries(value).forEach(([key, each]) => walk(each, map[1], path + '.' + key));
  const model = k8s[type];
  if (model?.attributeTypeMap === undefined) {
    if (['string', 'number', 'boolean'].includes(type) && typeof value !== type) problems.push(path + ' is no ' + type);
    return;
  }
  if (value === null || typeof value !== 'object') return problems.push(path + ' is no object');
  for (const [key, each] of Object.entries(value)) {
    const field = model.attributeTypeMap.find(({ baseName }) => baseName === key);
    if (field === undefined) problems.push(path + ' has no field ' + key);
    else walk(each, field.type, path + '.' + key);
  }
}
for (const file of process.argv.slice(1)) {
  for (const document of yaml.loadAll(readFileSync(file, 'utf8'))) {
    const version = document.apiVersion.split('/').at(-1);
    const type = version[0].toUpperCase() + version.slice(1) + document.kind;
    if (k8s[type] === undefined) problems.push(file + ': there is no ' + type);
    else walk(document, type, document.kind);
    kinds.push(document.kind);
  }
}
console.log(JSON.stringify({ problems, kinds }));`;

it('the manifests of Kubernetes have the fields of its API, and no others', () => {
  const folder = join(RUNTIME, 'k8s');
  const names = readdirSync(folder).filter((name) => name !== 'kustomization.yaml');
  const listed = /resources: \[(.*)\]/.exec(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'))?.[1];
  expect(listed?.split(', ').sort()).toEqual(names.sort());
  const check = (files: string[]): { problems: string[]; kinds: string[] } => {
    const ran = spawnSync(node24(), ['-e', CHECK, ...files], { cwd: RUNTIME, encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    return JSON.parse(ran.stdout) as { problems: string[]; kinds: string[] };
  };
  const { problems, kinds } = check(names.map((name) => join(folder, name)));
  expect(problems).toEqual([]);
  expect(kinds.sort()).toEqual(
    [
      'CronJob',
      'Namespace',
      'NetworkPolicy',
      'ResourceQuota',
      'Role',
      'RoleBinding',
      'ServiceAccount',
    ].sort(),
  );
  const wrong = mkdtempSync(join(tmpdir(), 'mhnos-manifest-'));
  try {
    const file = join(wrong, 'pod.yaml');
    writeFileSync(
      file,
      'apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec: { containers: [{ nam: y, tty: 1 }] }\n',
    );
    expect(check([file]).problems).toEqual([
      'Pod.spec.containers[0] has no field nam',
      'Pod.spec.containers[0].tty is no boolean',
    ]);
  } finally {
    rmSync(wrong, { recursive: true, force: true });
  }
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!hasSystemd) console.warn('SKIPPED: the unit of the service: there is no systemd-analyze here');

it.skipIf(!hasSystemd)('systemd accepts the unit of the service', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mhnos-unit-'));
  try {
    const unit = join(folder, 'mhnos-runtime.service');
    const text = readFileSync(join(RUNTIME, 'deploy/mhnos-runtime.service'), 'utf8');
    writeFileSync(unit, text.replace('@NODE@', process.execPath));
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect(verified.stderr.split('\n').filter((line) => line.includes('mhnos-runtime'))).toEqual([]);
    expect(verified.status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
