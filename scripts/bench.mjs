// `npm run bench`: bench/main.ts beside the pinned Node.
import { build } from './build.mjs';
import { pinnedNode } from './node-layer/package-cache.mjs';

await build();
const { binary } = await pinnedNode();
process.argv.splice(2, 0, 'bench/main.ts', '--native', binary);
await import('./run-ts.mjs');
