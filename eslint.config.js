// @ts-check
import tseslint from 'typescript-eslint';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';

/**
 * The folders are the layers. Each may import only the layers named beside it (and itself);
 * everything else is an error. `test` and `bench` may import all; nothing imports them.
 */
const LAYERS = {
  'src/base': [],
  'src/protocol': ['src/base'],
  // The runtime's client: what a kernel, or a test, speaks mhnos.v1 with.
  'src/remote': ['src/base', 'src/protocol'],
  'src/kernel': ['src/base', 'src/protocol', 'src/remote', 'vfs'],
  'src/process': ['src/base', 'src/protocol', 'vfs', 'polyfills'],
  'src/storage': ['src/base', 'src/protocol', 'vfs'],
  'src/service-worker': ['src/base', 'src/protocol'],
  'src/preview-client': ['src/base', 'src/protocol'],
  // Of a machine's name server: what the command line and the runtime give to programs of a browser.
  'src/dns': [],
  // The page of the command line is a user of the container like any other.
  'src/cli': ['src/base', 'src/protocol', 'src/dns', 'container-api'],
  vfs: ['src/base'],
  polyfills: ['src/base'],
  userland: ['src/base', 'src/protocol', 'polyfills'],
  // Programs over Node's own API.
  'node-commands': ['src/base', 'src/protocol', 'userland'],
  'container-api': ['src/base', 'src/protocol'],
  runtime: ['src/base', 'src/protocol'],
  examples: ['container-api'],
};
const ALL = [...Object.keys(LAYERS), 'test', 'bench'];

const zones = Object.entries(LAYERS).flatMap(([layer, allowed]) =>
  ALL.filter((other) => other !== layer && !allowed.includes(other)).map((other) => ({
    target: `./${layer}`,
    from: `./${other}`,
    message: `${layer} must not import ${other}.`,
  })),
);

export default tseslint.config(
  { ignores: ['dist/**', '**/node_modules/**', 'test/fixtures/**', '.cache/**'] },
  ...tseslint.configs.recommended,
  {
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.mjs'] })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones, basePath: import.meta.dirname }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-ignore': true, 'ts-nocheck': true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  // Run by a bare node, where a CommonJS file has only require.
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
