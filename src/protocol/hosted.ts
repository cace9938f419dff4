/** Programs that the kernel runs itself, by the name in their file (src/kernel/hosted/programs.ts has each), and where those files are. */
export const HOSTED_FILES: readonly (readonly [path: string, program: string])[] = [
  ...['python', 'python3', 'pip', 'pip3'].map((name) => [`/usr/bin/${name}`, 'remote-run'] as const),
  ...['workerd', 'rshell', 'runtime', 'fsync', 'openclaw', 'term'].map(
    (name) => [`/usr/bin/${name}`, name] as const,
  ),
];
export const HOSTED_PROGRAMS: ReadonlySet<string> = new Set(HOSTED_FILES.map(([, program]) => program));
