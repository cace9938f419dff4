/** What differs between two runs of a program wherever they are. */

/** Durations, in whatever unit. */
export const withoutTimes = (text: string): string =>
  text.replace(/(?:\d+m )?\d+(?:[.,]\d+)?\s?(?:ms|s|µs)\b/g, 'some time');

/** What Node says of its WASI, with the number of a process. */
export const withoutWarnings = (text: string): string =>
  text.replace(/^.*(?:WASI is an experimental|--trace-warnings).*\n/gm, '');

/** What Vite and Rolldown say of a build only where it takes more than a second. */
export const withoutSlowness = (text: string): string =>
  text
    .replace(/^.*\[optimizer\] bundling dependencies.*\n/gm, '')
    .replace(
      /(?:\x1b\[33m)?(?: *WARN +)?\[PLUGIN_TIMINGS\].*?checks#\w+(?: for more details\.)?(?:\n*\x1b\[39m)?\n*/gs,
      '',
    );
