/** Programs that the kernel runs itself, by the name in their file (src/kernel/hosted/programs.ts has each), and where those files are. */
const REMOTE_COMMANDS = ['python', 'python3', 'pip', 'pip3'];
const OWN_COMMANDS = [
  'native-build',
  'workerd',
  'rshell',
  'runtime',
  'fsync',
  'openclaw',
  'term',
  'edit',
  'upload',
  'xdg-open',
  'code',
  'backup',
  's3status',
  's3push',
  's3pull',
  's3ls',
  's3sync',
  's3rm',
  's3meta',
];

/**
 * Packages whose commands are Node programs that come to nothing without a binary of theirs, and that have no form for
 * WebAssembly (scripts/npm has those that do): what is run of them runs on the external runtime.
 */
export const REMOTE_PACKAGES: ReadonlySet<string> = new Set([
  '@biomejs/biome',
  '@bufbuild/buf',
  '@sentry/cli',
  '@typescript/native-preview',
  'dprint',
  'lefthook',
  'miniflare',
  'oxlint',
  'turbo',
  'workerd',
  'wrangler',
]);
/** The program of the kernel that runs them. */
export const REMOTE_NODE = 'remote-node';

export const HOSTED_FILES: readonly (readonly [path: string, program: string])[] = [
  ...REMOTE_COMMANDS.map((name) => [`/usr/bin/${name}`, 'remote-run'] as const),
  ...OWN_COMMANDS.map((name) => [`/usr/bin/${name}`, name] as const),
];
export const HOSTED_PROGRAMS: ReadonlySet<string> = new Set(HOSTED_FILES.map(([, program]) => program));
