// `npm start`: builds what is missing, then serves the playground on a free port and prints its address.
import { build } from './build.mjs';

await build();
process.argv.splice(2, process.argv.length, 'serve', ...process.argv.slice(2));
await import('../dist/cli/cli.js');
