#!/usr/bin/env node
process.argv[1] = __filename;
module.require('../lib/npm.js')('npx');
