// The types of the package, as dist/types/: the declarations of what container-api's entries lead to, file by file. They
// are made without looking at other files (`isolatedDeclarations`), so in a second; what is no declaration by itself fails.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';

const ENTRIES = [
  'container-api/index.ts',
  'container-api/webcontainer.ts',
  'container-api/webcontainer/connect.ts',
];
const OPTIONS = {
  isolatedDeclarations: true,
  stripInternal: true,
  allowImportingTsExtensions: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
};
const RELATIVE_IMPORT = /((?:\bfrom|\bimport\()\s*')(\.[^']+)\.ts'/g;

/** @param {string} root of the repository @param {string} folder */
export async function writeDeclarations(root, folder) {
  await rm(folder, { recursive: true, force: true });
  const files = new Set(ENTRIES);
  for (const file of files) {
    const source = await readFile(path.join(root, file), 'utf8');
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: OPTIONS,
    });
    const [failed] = diagnostics;
    if (failed) throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(failed.messageText, '\n')}`);
    // Where TypeScript looks for types: beside what the import would load, which is JavaScript.
    const text = outputText.replaceAll(RELATIVE_IMPORT, (_all, before, specifier) => {
      files.add(path.posix.join(path.posix.dirname(file), `${specifier}.ts`));
      return `${before}${specifier}.js'`;
    });
    const target = path.join(folder, file.replace(/\.ts$/, '.d.ts'));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}
