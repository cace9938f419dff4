import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { pinnedNode } from '../../../../scripts/node-layer/package-cache.mjs';
import { usePage } from '../../harness.ts';

const { run } = usePage();

async function expectAsNative(program: string): Promise<void> {
  const { binary } = await pinnedNode();
  const native = execFileSync(binary, ['-e', program], { cwd: '/', encoding: 'utf8' });
  const output = await run(async ({ OpenAgentsContainer }, text) => {
    const container = await OpenAgentsContainer.boot();
    const process = await container.spawn('node', ['-e', text], { cwd: '/' });
    let all = '';
    for await (const part of process.output) all += part;
    await container.teardown();
    return all;
  }, program);
  expect(output).toBe(native);
}

test('what process and its versions are: a constructor that is called, properties that others add', () =>
  expectAsNative(`
    const { constructor } = process;
    const receiver = {};
    console.log(constructor.name, constructor.call(receiver) === receiver, new constructor(), Object.getPrototypeOf(process) === constructor.prototype);
    console.log(Object.isExtensible(process.versions), Object.getOwnPropertyDescriptor(process.versions, 'node'));
    try { (function () { 'use strict'; process.versions.node = 'x'; })(); } catch (error) { console.log(error.message); }
    process.versions.own = '1';
    console.log(process.versions.own, delete process.versions.own, Object.keys(process.versions));`));

test('properties beside the elements of buffers and arrays are shown and compared', () =>
  expectAsNative(`
    const { inspect } = require('util');
    const symbol = Symbol('s');
    const buffer = Object.assign(Buffer.from([1, 2]), { x: 1, [symbol]: 2 });
    Object.defineProperties(buffer, { no: { value: 1 }, [Symbol('h')]: { value: 1 } });
    const array = Object.assign([1, , 3], { '-1': 2, '01': 3, 4294967295: 4, [symbol]: 1 });
    for (const value of [buffer, array, new Proxy(array, {})]) console.log(value, inspect(value, { showHidden: true }));
    const equal = (check, a, b) => { try { check(a, b); return true; } catch { return false; } };
    const { deepEqual, deepStrictEqual } = require('assert');
    for (const check of [deepEqual, deepStrictEqual]) {
      const [a, b, c] = [0, 1, 2].map(() => Buffer.from([1, 2]));
      b.x = 1;
      c[symbol] = 1;
      console.log(equal(check, a, Buffer.from(a)), equal(check, a, b), equal(check, b, a), equal(check, a, c));
    }`));
