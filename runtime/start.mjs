// The bridge is TypeScript that Node itself runs: an older Node gets a sentence instead of a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(`The runtime needs Node 24 or newer, and this is ${process.version}.`);
  console.error('On linux-x64 `npm ci --prefix runtime && npm start --prefix runtime` brings its own.');
  process.exit(1);
}
await import('./main.ts');
