// `npm run shell-spec -- folder`: test/shell-spec/main.ts, over the dist/ that is there.
process.argv.splice(2, 0, 'test/shell-spec/main.ts');
await import('./run-ts.mjs');
