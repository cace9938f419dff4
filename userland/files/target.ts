import { errorText } from '../program/errors.ts';
import { baseName, joinPath } from './paths.ts';
import { Failure, type ProgramContext, UsageError } from '../program/program.ts';
import { isDirectoryPath, status } from './stat.ts';

/** Source and destination of cp and mv, one pair an operand. Throws as they do when the operands make no sense. */
export function sourcesAndTargets(
  context: ProgramContext,
  operands: readonly string[],
  targetDirectory: string | undefined,
  noTargetDirectory: boolean,
): [source: string, target: string][] {
  const into = (folder: string, sources: readonly string[]): [string, string][] =>
    sources.map((source) => [source, joinPath(folder, baseName(source))]);
  const { files } = context.system;
  const [first, second] = operands;
  if (first === undefined) throw new UsageError('missing file operand');
  if (targetDirectory !== undefined) {
    if (!isDirectoryPath(files, targetDirectory))
      throw new Failure(`target directory '${targetDirectory}': ${reason(context, targetDirectory)}`);
    return into(targetDirectory, operands);
  }
  if (second === undefined) throw new UsageError(`missing destination file operand after '${first}'`);
  const last = operands.at(-1) ?? '';
  if (!noTargetDirectory && isDirectoryPath(files, last)) return into(last, operands.slice(0, -1));
  if (operands.length > 2) {
    if (noTargetDirectory) throw new UsageError(`extra operand '${operands[2]}'`);
    throw new Failure(`target '${last}': ${reason(context, last)}`);
  }
  return [[first, second]];
}

function reason(context: ProgramContext, path: string): string {
  const found = status(context.system.files, path, true);
  return typeof found === 'number' ? errorText(found) : 'Not a directory';
}
