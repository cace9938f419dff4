import { expect, it } from 'vitest';
import { scriptOf, USERLAND_PROGRAMS } from '../../src/protocol/userland.ts';
import type { Program } from '../../userland/program/program.ts';
import { jqProgram } from '../../userland/jq/program.ts';
import { PROGRAMS } from '../../userland/registry.ts';
import { sh } from '../../userland/sh/program.ts';
import { TOOLS } from '../../userland/tools-registry.ts';

const namesOf = (programs: readonly Program[]): string[] =>
  programs.flatMap((program) => [program.name, ...(program.aliases ?? [])]).sort();
const namesIn = (script: string): string[] =>
  USERLAND_PROGRAMS.filter((name) => scriptOf(name) === script).sort();

it('every command of the container is in the script that it is loaded from, and the other way round', () => {
  expect(namesOf(PROGRAMS)).toEqual(namesIn('userland.js'));
  expect(namesOf(TOOLS)).toEqual(namesIn('userland-tools.js'));
  expect(namesOf([sh])).toEqual(namesIn('userland-shell.js'));
  expect(namesOf([jqProgram(new Uint8Array())])).toEqual(namesIn('userland-jq.js'));
});

it('no name is taken twice', () => {
  expect(new Set(USERLAND_PROGRAMS).size).toBe(USERLAND_PROGRAMS.length);
});
