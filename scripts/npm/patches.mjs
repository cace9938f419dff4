// The places where npm as it runs in a container differs from npm as it is published. Bundled code has no files of its own
// to find by path; each place is an anchor that must be there, so that another npm cannot silently be built wrongly.

/** The bundle stands in `lib` of npm's folder. */
const NODE_GYP = "require('node:path').resolve(__dirname, '../node-gyp/node-gyp.js')";

/** @type {Readonly<Record<string, readonly (readonly [anchor: string, replacement: string])[]>>} */
const PATCHES = {
  'lib/npm.js': [['require(`./commands/${command}`)', 'require(`./commands/${command}.js`)']],
  'lib/cli.js': [
    ["const cliEntry = require('node:path').resolve(__dirname, 'cli/entry.js')\n", ''],
    ['require(cliEntry)', "require('./cli/entry.js')"],
  ],
  'bin/npx-cli.js': [
    ["require.resolve('./npm-cli.js')", "require('node:path').resolve(__dirname, '../bin/npm-cli.js')"],
  ],
  'node_modules/@npmcli/config/lib/definitions/definitions.js': [
    ["require.resolve('node-gyp/bin/node-gyp.js')", NODE_GYP],
  ],
  'node_modules/@npmcli/run-script/lib/make-spawn-args.js': [
    ["require.resolve('node-gyp/bin/node-gyp.js')", NODE_GYP],
  ],
  'node_modules/@npmcli/run-script/lib/set-path.js': [
    ["resolve(__dirname, '../lib/node-gyp-bin')", JSON.stringify('/usr/local/bin')],
  ],
  // Twins of native packages (twins.cjs): asked for by edges, fetched as manifests, where the settings say so.
  'node_modules/@npmcli/arborist/lib/arborist/index.js': [
    ['    super(options)\n', "    super(options)\n    require('npm-twins').configure(options)\n"],
  ],
  'node_modules/@npmcli/arborist/lib/edge.js': [
    [
      '\n    return this.#spec\n  }\n\n  #calc',
      "\n    return require('npm-twins').spec(this.#name, this.#spec)\n  }\n\n  #calc",
    ],
    [
      'if (node.name !== this.#name || !this.#from) {',
      "if (node.name !== this.#name || !this.#from || !require('npm-twins').accepts(this.#name, this.spec, node)) {",
    ],
    [
      '      return depValid(node, this.spec, this.#accept, this.#from)\n    }\n    // There',
      "      return depValid(node, this.spec, this.#accept, this.#from) || require('npm-twins').isNearest(this.#name, this.spec, node)\n    }\n    // There",
    ],
  ],
  'node_modules/@npmcli/arborist/lib/arborist/reify.js': [
    [
      'const alias = name !== pname\n',
      "const alias = name !== pname && !require('npm-twins').standsIn(name, pname)\n",
    ],
  ],
  'node_modules/@npmcli/arborist/lib/arborist/build-ideal-tree.js': [
    [
      '          checkPlatform(node.package, false, { cpu, os, libc })\n',
      "          checkPlatform(node.package, false, { cpu, os, libc })\n          require('npm-twins').checkPlatform(node)\n",
    ],
    [
      'await pacote.manifest(spec, options)',
      "await require('npm-twins').manifest(spec, (wanted) => pacote.manifest(wanted, options))",
    ],
  ],
  'node_modules/@npmcli/arborist/lib/debug.js': [["resolve(__dirname, '..')", "resolve('/nowhere')"]],
  'node_modules/init-package-json/lib/init-package-json.js': [
    ["require.resolve('./default-input.js')", "require('node:path').resolve(__dirname, 'default-input.js')"],
  ],
};

/**
 * @param {string} name path of a file within npm
 * @param {string} source
 */
export function patched(name, source) {
  let text = source;
  for (const [anchor, replacement] of PATCHES[name] ?? []) {
    if (text.split(anchor).length !== 2) {
      throw new Error(`npm's ${name} does not have this once: ${JSON.stringify(anchor)}`);
    }
    text = text.replace(anchor, () => replacement);
  }
  return text;
}

export const PATCHED_FILES = Object.keys(PATCHES);
