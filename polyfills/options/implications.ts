/** Implies() and ImpliesNot() of node_options.cc: option given → options set. The parser's own names stand in brackets. */
export const IMPLICATIONS: Readonly<Record<string, readonly (readonly [string, boolean])[]>> = {
  '--inspect-brk': [['--inspect', true]],
  '--inspect-brk-node': [['--inspect', true]],
  '--inspect-wait': [['--inspect', true]],
  '--experimental-require-module': [['--require-module', true]],
  '--no-experimental-require-module': [['--require-module', false]],
  '--env-file': [['[has_env_file_string]', true]],
  '--env-file-if-exists': [['[has_env_file_string]', true]],
  '--test-random-seed': [['[has_test_random_seed]', true]],
  '--trace-env-js-stack': [['--trace-env', true]],
  '--trace-env-native-stack': [['--trace-env', true]],
  '--watch-path': [['--watch', true]],
  '--eval': [['[has_eval_string]', true]],
  '--experimental-transform-types': [
    ['--strip-types', true],
    ['--enable-source-maps', true],
  ],
  '--report-signal': [['--report-on-signal', true]],
  '--experimental-shadow-realm': [['--harmony-shadow-realm', true]],
  '--build-snapshot-config': [['--build-snapshot', true]],
  '--use-openssl-ca': [['[ssl_openssl_cert_store]', true]],
  '--use-bundled-ca': [['[ssl_openssl_cert_store]', false]],
};
