/** What scripts, the conformance runner and the benchmarks use of the command line: a container in a headless browser. */
export { Failure } from './failure.ts';
export { findBrowser, noBrowserMessage } from './find-browser.ts';
export { startServer } from './server.ts';
export { DIST, Session } from './session.ts';
export type { Run, RunEnd, SpawnOptions } from './session.ts';
