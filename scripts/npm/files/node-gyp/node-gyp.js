#!/usr/bin/env node
console.error(
  'node-gyp: native addons are built by a compiler for a processor, and a browser has neither. ' +
    'Use a package with a WebAssembly build, or the external runtime.',
);
process.exitCode = 1;
