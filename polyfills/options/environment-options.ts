/** Environment variables that stand for options (HandleEnvOptions in node_options.cc): `cli` wins. */
export function applyEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  cli: Record<string, unknown>,
): void {
  const on = (variable: string, option: string): void => {
    if (env[variable] === '1') cli[option] ??= true;
  };
  on('NODE_PENDING_DEPRECATION', '--pending-deprecation');
  on('NODE_PRESERVE_SYMLINKS', '--preserve-symlinks');
  on('NODE_PRESERVE_SYMLINKS_MAIN', '--preserve-symlinks-main');
  on('NODE_USE_ENV_PROXY', '--use-env-proxy');
  if (env['NODE_REDIRECT_WARNINGS']) cli['--redirect-warnings'] ??= env['NODE_REDIRECT_WARNINGS'];
}
