/** What makes programs colour their output where nobody asked: it is not handed to the container either. */
const COLOURING = [
  'CI',
  'FORCE_COLOR',
  'NO_COLOR',
  'COLORTERM',
  'TERM_PROGRAM',
  'GITHUB_ACTIONS',
  'TEAMCITY_VERSION',
  'TF_BUILD',
];

/** Of vitest itself, which programs that test or build would take for their own. */
const OF_TESTS = /^(?:VITEST.*|NODE_ENV|NODE_OPTIONS|npm_.*|INIT_CWD|TEST|DEV|PROD|MODE|SSR|BASE_URL)$/;

export const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !COLOURING.includes(name) && !OF_TESTS.test(name)),
  );
