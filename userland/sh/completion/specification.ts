/** Programmable completion: how the arguments of a command are completed, as `complete` was told. */

/** `-A` and the letters that stand for the same. */
export const ACTION_LETTERS = {
  a: 'alias',
  b: 'builtin',
  c: 'command',
  d: 'directory',
  e: 'export',
  f: 'file',
  g: 'group',
  j: 'job',
  k: 'keyword',
  s: 'service',
  u: 'user',
  v: 'variable',
} as const;

/** In the order in which their candidates come. */
export const ACTIONS = [
  'alias',
  'arrayvar',
  'binding',
  'builtin',
  'disabled',
  'enabled',
  'export',
  'function',
  'helptopic',
  'hostname',
  'job',
  'keyword',
  'running',
  'setopt',
  'shopt',
  'signal',
  'stopped',
  'variable',
  'command',
  'file',
  'user',
  'group',
  'service',
  'directory',
] as const;
export type Action = (typeof ACTIONS)[number];

/** `-o`: what is done with the candidates, or where there are none. */
export const COMPLETION_OPTIONS = [
  'bashdefault',
  'default',
  'dirnames',
  'filenames',
  'noquote',
  'nosort',
  'nospace',
  'plusdirs',
] as const;
export type CompletionOption = (typeof COMPLETION_OPTIONS)[number];

export interface Specification {
  options: CompletionOption[];
  actions: Action[];
  /** Pattern of path names, `-G`. */
  glob: string | undefined;
  words: string | undefined;
  prefix: string | undefined;
  suffix: string | undefined;
  /** Pattern of what is left out, `-X`. */
  filter: string | undefined;
  command: string | undefined;
  function: string | undefined;
}

export const newSpecification = (): Specification => ({
  options: [],
  actions: [],
  glob: undefined,
  words: undefined,
  prefix: undefined,
  suffix: undefined,
  filter: undefined,
  command: undefined,
  function: undefined,
});

/** Stand for a command's name: of any command, of an empty line, of the first word of a line. */
export const SPECIAL_NAMES = { D: '-D', E: '-E', I: '-I' } as const;

const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;

/** The call of `complete` that tells a specification again. */
export function specificationText(name: string, specification: Specification): string {
  const { actions, options } = specification;
  const letters = Object.entries(ACTION_LETTERS);
  const words = COMPLETION_OPTIONS.filter((option) => options.includes(option)).map(
    (option) => `-o ${option}`,
  );
  for (const [letter, action] of letters) if (actions.includes(action)) words.push(`-${letter}`);
  for (const action of [...ACTIONS].sort())
    if (actions.includes(action) && !letters.some(([, known]) => known === action))
      words.push(`-A ${action}`);
  const given: [string, string | undefined][] = [
    ['-G', specification.glob],
    ['-W', specification.words],
    ['-P', specification.prefix],
    ['-S', specification.suffix],
    ['-X', specification.filter],
    ['-C', specification.command],
  ];
  for (const [option, value] of given) if (value !== undefined) words.push(`${option} ${quoted(value)}`);
  if (specification.function !== undefined) words.push(`-F ${specification.function}`);
  return ['complete', ...words, name].join(' ');
}
