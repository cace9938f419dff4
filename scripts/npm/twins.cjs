'use strict';
/**
 * Packages whose code is compiled for a processor, and what stands in for them where there is none. Part of the bundled npm:
 * where npm installs for `cpu=wasm32` (the container's setting), a dependency on such a package resolves to its twin, as if
 * the project had overridden it: the folder keeps the name, `npm ls` and the lockfile say what is in it, and a line on the
 * terminal tells. A user's own overrides win.
 */
const { log } = require('proc-log');
const semver = require('semver');

/** Versions of these follow the original's. */
const SAME_VERSION = {
  '@parcel/watcher': '@parcel/watcher-wasm',
  '@swc/core': '@swc/wasm',
  esbuild: 'esbuild-wasm',
  lightningcss: 'lightningcss-wasm',
  rollup: '@rollup/wasm-node',
  'sass-embedded': 'sass',
};
/** These have versions of their own. */
const ANY_VERSION = {
  bcrypt: 'bcryptjs',
  'node-sass': 'sass',
};
/** The last version of a twin that can be loaded: later ones do not export the table that napi-wasm looks in. */
const LAST_THAT_LOADS = { '@parcel/watcher': '2.5.1' };
/** Of twins whose manifest names a folder of commands, which npm does not link. */
const COMMANDS = { 'esbuild-wasm': { esbuild: 'bin/esbuild' } };
/** Of these, versions from `below` on are for processors only; where only such are asked for, the line from `from` stands in. */
const LAST_THAT_RUN = {
  pnpm: { from: '11.0.0', below: '12.0.0-0', what: 'JavaScript, the last of its versions that is' },
  typescript: { from: '6.0.0', below: '7.0.0-0', what: 'JavaScript, the last of its versions that is' },
  'unrs-resolver': { from: '1.12.0', below: '1.13.0-0', what: 'the last of its versions for WebAssembly' },
};
/** Nothing needs these: what loads them does without. */
const SKIPPED = new Set(['bufferutil', 'fsevents', 'msgpackr-extract', 'utf-8-validate']);
/** Name of the binding's family → the one of it that runs here, where it does not follow napi-rs's naming. */
const BINDINGS = { next: '@next/swc-wasm-nodejs' };

/** What stands in for `name`, undefined for what needs nothing. */
const twinOf = (name) => SAME_VERSION[name] ?? ANY_VERSION[name];

let enabled = false;
const told = new Set();

/** A version, range or tag of the registry: not a folder, an address or another alias. */
const isOfRegistry = (spec) => !/[:/]/.test(spec);

exports.configure = ({ cpu }) => {
  enabled = cpu === 'wasm32';
};

/** What an edge asks for, in the place of what was written. */
exports.spec = (name, written) => {
  if (enabled && name in LAST_THAT_RUN && isOfRegistry(written)) return thatRuns(name, written);
  const twin = enabled ? twinOf(name) : undefined;
  if (twin === undefined || !isOfRegistry(written)) return written;
  return `npm:${twin}@${LAST_THAT_LOADS[name] ?? (name in ANY_VERSION ? '*' : written || '*')}`;
};

/** The end of every range that `thatRuns` has narrowed. */
const belowNative = (name) => `<${LAST_THAT_RUN[name].below}`;

/** The versions that run among those that are asked for; the last line of them where there is none. */
function thatRuns(name, written) {
  const below = belowNative(name);
  const range = semver.validRange(written);
  if (range === null || !semver.intersects(range, below)) return `>=${LAST_THAT_RUN[name].from} ${below}`;
  if (semver.subset(range, below)) return written;
  return range
    .split('||')
    .map((part) => `${part} ${below}`)
    .join(' || ');
}

/** False for what is installed in the place of the twin that the edge asks for. */
exports.accepts = (name, spec, node) => {
  const twin = enabled ? twinOf(name) : undefined;
  return twin === undefined || !spec.startsWith(`npm:${twin}@`) || node.packageName === twin;
};

/** True for what need not be written into a project's package.json: it follows from the settings. */
exports.standsIn = (name, packageName) => enabled && twinOf(name) === packageName;

/**
 * A twin may lag behind. It stands in for the version that is asked for when that would be a compatible update of it, in
 * semver's sense.
 */
exports.isNearest = (name, spec, { version }) => {
  const twin = enabled ? twinOf(name) : undefined;
  if (twin === undefined || !spec.startsWith(`npm:${twin}@`)) return false;
  const wanted = leastVersion(spec.slice(`npm:${twin}@`.length));
  return wanted !== undefined && semver.satisfies(wanted, `^${version}`);
};

/** Of a version or a range; undefined for tags. */
function leastVersion(range) {
  return semver.validRange(range) === null ? undefined : semver.minVersion(range)?.version;
}

/** Throws for an optional package that is native code and names no processor. */
exports.checkPlatform = ({ packageName }) => {
  if (enabled && SKIPPED.has(packageName)) throw new Error(`${packageName} is native code`);
};

/** Fetches a manifest; `fetch` is pacote's. */
exports.manifest = async (spec, fetch) => {
  if (!enabled) return fetch(spec);
  const found = await withNearest(spec, fetch);
  const manifest = found.name in COMMANDS ? { ...found, bin: COMMANDS[found.name] } : found;
  tell(spec, manifest);
  const binding = await wasmBinding(manifest, fetch);
  if (binding === undefined) return manifest;
  return { ...manifest, optionalDependencies: { ...manifest.optionalDependencies, ...binding } };
};

async function withNearest(spec, fetch) {
  try {
    return await fetch(spec);
  } catch (error) {
    const twin = twinOf(spec.name);
    if (error.code !== 'ETARGET' || twin === undefined || spec.subSpec?.name !== twin) throw error;
    const wanted = semver.parse(leastVersion(spec.subSpec.fetchSpec));
    if (wanted === null) throw error;
    const first = wanted.major > 0 ? `${wanted.major}.0.0` : `0.${wanted.minor}.0`;
    return await fetch(`${twin}@^${first} <=${wanted.version}`);
  }
}

function tell({ name, rawSpec }, { name: packageName, version }) {
  const narrowed = name in LAST_THAT_RUN && rawSpec.endsWith(belowNative(name));
  if ((packageName !== twinOf(name) && !narrowed) || told.has(name)) return;
  told.add(name);
  const what = narrowed ? LAST_THAT_RUN[name].what : 'WebAssembly';
  log.notice('', `${name}: ${packageName}@${version} in its place, which is ${what}`);
}

/** The WebAssembly build of a package that is compiled by napi-rs, where it has one and does not list it itself. */
async function wasmBinding({ name, version, napi, optionalDependencies = {} }, fetch) {
  const hasTarget = napi?.targets?.some?.((target) => target.startsWith('wasm32-'));
  const binding = BINDINGS[name] ?? (hasTarget ? `${napi.packageName ?? name}-wasm32-wasi` : undefined);
  if (binding === undefined || binding in optionalDependencies) return undefined;
  const found = await fetch(`${binding}@${version}`).catch(() => undefined);
  if (found === undefined) return undefined;
  log.notice('', `${name}: with ${binding}@${version}, which is WebAssembly`);
  return { [binding]: version };
}
