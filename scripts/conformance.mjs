// `npm run conformance`: builds, then test/conformance/main.ts.
import { build } from './build.mjs';

await build();
process.argv.splice(2, 0, 'test/conformance/main.ts');
await import('./run-ts.mjs');
