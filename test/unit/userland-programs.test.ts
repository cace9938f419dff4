import { expect, it } from 'vitest';
import { USERLAND_PROGRAMS } from '../../src/protocol/userland.ts';
import { findProgram, PROGRAMS } from '../../userland/registry.ts';

it('every command of the container is in the userland, and the other way round', () => {
  const names = PROGRAMS.flatMap((program) => [program.name, ...(program.aliases ?? [])]);
  expect([...names].sort()).toEqual([...USERLAND_PROGRAMS].sort());
  expect(USERLAND_PROGRAMS.filter((name) => findProgram(name) === undefined)).toEqual([]);
});
