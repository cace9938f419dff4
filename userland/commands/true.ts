import type { Program } from '../program/program.ts';

export const trueCommand: Program = {
  name: 'true',
  usage: 'true [ignored arguments]',
  help: 'Exit with status 0.',
  main: () => 0,
};

export const falseCommand: Program = {
  name: 'false',
  usage: 'false [ignored arguments]',
  help: 'Exit with status 1.',
  main: () => 1,
};
