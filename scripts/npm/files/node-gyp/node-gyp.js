#!/usr/bin/env node
// Addons are built by a compiler for a processor: on the external runtime. The kernel knows how, and says so where it cannot.
const { status, signal, error } = process
  .getBuiltinModule('node:child_process')
  .spawnSync('/usr/bin/native-build', process.argv.slice(2), { stdio: 'inherit' });
if (error) throw error;
if (signal) process.kill(process.pid, signal);
process.exitCode = status;
