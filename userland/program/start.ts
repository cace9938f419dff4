import { type UserlandMain, USERLAND_HOOK } from '../../src/protocol/userland.ts';
import type { System } from '../../polyfills/system.ts';
import { Output } from './output.ts';
import { baseName } from '../files/paths.ts';
import { type Program, runProgram } from './program.ts';

/** Makes a script's programs known to the process worker, which names one of them and hands over the system interface. */
export function offerPrograms(programs: readonly Program[]): void {
  const main: UserlandMain<System> = ({ system, program: programName, argv, env }) => {
    const program = programs.find(
      ({ name, aliases }) => name === programName || aliases?.includes(programName),
    );
    if (program === undefined) throw new Error(`the userland has no program '${programName}'`);
    const variables: Record<string, string> = {};
    for (const entry of env) {
      const equals = entry.indexOf('=');
      if (equals > 0) variables[entry.slice(0, equals)] = entry.slice(equals + 1);
    }
    return runProgram(program, {
      system,
      name: baseName(argv[0] ?? programName),
      args: argv.slice(1),
      env: variables,
      stdout: new Output(system, 1),
      stderr: new Output(system, 2, true),
    });
  };
  (globalThis as Record<string, unknown>)[USERLAND_HOOK] = main;
}
