import type { FileSystemTree } from '../../container-api/index.ts';

const file = (contents: string): { file: { contents: string } } => ({ file: { contents } });

/** What stands in the playground at first: small programs that show what runs. */
export const sampleProject: FileSystemTree = {
  'README.md': file(`# A project inside your browser

Everything here runs in Web Workers of this page: real Node.js, no server.
Type a command in the terminal below:

    node hello.js
    node count-words.js README.md
    node es-modules/main.mjs
    node typed.ts
    node read-input.js        (type some lines, then Ctrl+D)
    node server.js            (a web server: its page opens beside the editor; Ctrl+C ends it)

Edit a file and run it again: edits are saved as you type.
`),
  'package.json': file(`${JSON.stringify({ name: 'sample', private: true, version: '1.0.0' }, null, 2)}\n`),
  'hello.js': file(`const os = require('node:os');

console.log(\`Hello from Node \${process.version}, process \${process.pid}.\`);
console.log(\`\${os.type()} \${process.arch}, \${os.cpus().length} processors, in \${process.cwd()}\`);

setTimeout(() => console.log('Timers run.'), 50);
process.on('exit', (code) => console.log(\`Good-bye (\${code}).\`));
`),
  'count-words.js': file(`const { createReadStream } = require('node:fs');
const { createInterface } = require('node:readline');

async function main(path) {
  const counts = new Map();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    for (const word of line.toLowerCase().match(/[a-z]+/g) ?? []) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const top = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8);
  console.table(top.map(([word, count]) => ({ word, count })));
}

main(process.argv[2] ?? __filename);
`),
  'read-input.js': file(`let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => (text += chunk));
process.stdin.on('end', () => console.log(\`\${text.split('\\n').length - 1} lines, \${text.length} characters\`));
`),
  'server.js': file(`const http = require('node:http');

let visits = 0;
const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(\`<!doctype html><title>Sample</title><h1>Visit \${++visits}</h1><p>\${request.method} \${request.url}</p>\`);
});
server.listen(3000, () => console.log('Listening on http://localhost:3000/'));
`),
  'typed.ts': file(`interface Point {
  x: number;
  y: number;
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

console.log('TypeScript, types stripped by Node itself:', distance({ x: 0, y: 0 }, { x: 3, y: 4 }));
`),
  'es-modules': {
    directory: {
      'main.mjs': file(`import { readFile } from 'node:fs/promises';
import { greet } from './greet.mjs';

// Top-level await, import.meta and dynamic import.
const source = await readFile(new URL('./greet.mjs', import.meta.url), 'utf8');
console.log(greet('world'), \`(\${source.length} characters away)\`);

const { default: answer } = await import('./answer.mjs');
console.log('The answer is', answer);
`),
      'greet.mjs': file('export const greet = (name) => `Hello, ${name}!`;\n'),
      'answer.mjs': file('export default 42;\n'),
    },
  },
};

export const FIRST_FILE = 'hello.js';
