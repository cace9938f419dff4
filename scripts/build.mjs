// Builds everything that is shipped into dist/.
import path from 'node:path';
import { buildNodeLayer } from './node-layer/build.mjs';
import { buildWorkers } from './node-layer/workers.mjs';

const ASSETS = path.resolve(import.meta.dirname, '../dist/assets');

const library = await buildNodeLayer(path.join(ASSETS, 'node'));
const workers = await buildWorkers(ASSETS);
console.log(`node library: ${library}; workers: ${workers.join(', ') || 'none yet'}`);
