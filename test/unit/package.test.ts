/** The package as another project's TypeScript sees it. */
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Its own name leads a file of the package to its `exports`, as it leads those that depend on it. */
const PROGRAM = `
import { ArgumentError, ContainerError, OpenAgentsContainer, type BootOptions } from 'openagents-container';
import { WebContainer, auth, type FileSystemTree } from 'openagents-container/webcontainer';
import { setupConnect } from 'openagents-container/webcontainer/connect';

const options: BootOptions = { limits: { cpuMs: 5 }, capabilities: { network: { fetch: ['example.org'] } } };
const container = await OpenAgentsContainer.boot(options);
const text = await container.spawn('node', ['a.js'], { env: { A: 1 } });
for await (const part of text.output) part.toUpperCase();
const bytes = await container.spawn('node', { encoding: 'bytes' });
await bytes.input.getWriter().write(new Uint8Array(2));
for (const entry of await container.fs.readdir('.', { withFileTypes: true })) entry.isFile();
container.on('server-ready', (port, url) => [port.toFixed(), url.length]);
const tree: FileSystemTree = { a: { file: { contents: 'x' } } };
const compatible: WebContainer = await WebContainer.boot({ coep: 'none' });
await compatible.mount(tree);
try {
  await container.exec('ls', { timeoutMs: 5 });
} catch (error) {
  if (error instanceof ContainerError) console.log(error.code === 'ERR_STORE_BUSY', error instanceof ArgumentError);
}
auth.init();
setupConnect();
// @ts-expect-error -- a number is no command
await container.spawn(5);
// @ts-expect-error -- an unknown option
await OpenAgentsContainer.boot({ limit: {} });
// @ts-expect-error -- what the package keeps to itself
await OpenAgentsContainer.bootScoped();
`;

it.each([
  ['a bundler', { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
  ['Node', { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }],
])('has types that compile strictly as %s resolves them', (_name, resolution) => {
  const file = path.join(ROOT, 'consumer.ts');
  const options: ts.CompilerOptions = {
    ...resolution,
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ESNext,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'],
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? PROGRAM : readFile(name));
  host.getSourceFile = (name, target, ...rest) =>
    name === file ? ts.createSourceFile(name, PROGRAM, target) : getSourceFile(name, target, ...rest);
  const program = ts.createProgram([file], options, host);
  const messages = ts
    .getPreEmitDiagnostics(program)
    .map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
  expect(messages).toEqual([]);
  // Not the sources, which are no part of the package.
  const own = program.getSourceFiles().map(({ fileName }) => path.relative(ROOT, fileName));
  expect(own.filter((name) => /^(container-api|src)\//.test(name))).toEqual([]);
  expect(own).toContain('dist/types/container-api/index.d.ts');
});
