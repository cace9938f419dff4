// Times the loading of 200 small CommonJS modules that have never been loaded. Usage: require.cjs folder
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const MODULES = 200;
const root = path.resolve(process.argv[2]);
fs.rmSync(root, { recursive: true, force: true });
for (let i = 0; i < MODULES; i++) {
  const folder = path.join(root, 'node_modules', `m${i}`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: `m${i}`, main: 'main.js' }));
  const next =
    i + 1 < MODULES && i % 10 !== 9 ? `const next = require('m${i + 1}');\n` : 'const next = null;\n';
  const filler = Array.from(
    { length: 20 },
    (_, n) => `exports.f${n} = function f${n}(a, b) { return a * ${n} + b; };\n`,
  );
  fs.writeFileSync(
    path.join(folder, 'main.js'),
    `'use strict';\n${next}exports.next = next;\n${filler.join('')}`,
  );
}
fs.writeFileSync(path.join(root, 'entry.js'), "for (let i = 0; i < 200; i += 10) require('m' + i);\n");
const begin = process.hrtime.bigint();
require(path.join(root, 'entry.js'));
console.log(JSON.stringify({ 'require of 200 modules': Number(process.hrtime.bigint() - begin) }));
fs.rmSync(root, { recursive: true, force: true });
