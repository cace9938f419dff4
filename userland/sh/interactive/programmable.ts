import { type CommandWords, commandWords, DEFAULT_WORD_BREAKS } from '../completion/command-words.ts';
import { generate } from '../completion/generate.ts';
import { SPECIAL_NAMES, type Specification } from '../completion/specification.ts';
import { ShellError } from '../control.ts';
import type { Shell } from '../shell.ts';
import type { Completions } from './editor.ts';
import type { OpenWord } from './open-word.ts';

/** A completion function's status that asks to look for the specification again: it has defined one. */
const RETRY = 124;
const RETRIES_MAX = 16;
const TAB_TYPE = 9;
const LIST_TYPE = 63;
const FOLDER = 1;

export const wordBreaks = (shell: Shell): string =>
  shell.variables.get('COMP_WORDBREAKS') ?? DEFAULT_WORD_BREAKS;

/** Candidates by what `complete` was told of the command; undefined: complete as usual. */
export function programmed(
  shell: Shell,
  line: string,
  cursor: number,
  { word, listing }: { word: OpenWord; listing: boolean },
): Completions | undefined {
  if (shell.completions.size === 0 || !shell.options.shopt('progcomp')) return undefined;
  const command = commandWords(line, cursor, wordBreaks(shell));
  for (let tries = 0; tries < RETRIES_MAX; tries++) {
    const found = specificationFor(shell, command);
    if (found === undefined) return undefined;
    const [name, specification] = found;
    const running = { ...specification, options: [...specification.options] };
    const candidates = run(shell, running, { command, name, word, listing });
    if (candidates === undefined) continue;
    if (candidates.length === 0 && running.options.some((option) => /default$/.test(option)))
      return undefined;
    return presented(shell, running, candidates, word);
  }
  return undefined;
}

function specificationFor(
  shell: Shell,
  { words, index, line }: CommandWords,
): [name: string, specification: Specification] | undefined {
  const find = (name: string): [string, Specification] | undefined => {
    const found = shell.completions.get(name);
    return found && [name, found];
  };
  if (line.trim() === '') return find(SPECIAL_NAMES.E);
  if (index === 0) return find(SPECIAL_NAMES.I);
  const name = (words[0] ?? '').replace(/\\(.)|["']/g, '$1');
  return find(name) ?? find(name.slice(name.lastIndexOf('/') + 1)) ?? find(SPECIAL_NAMES.D);
}

/** → the candidates; undefined: try again */
function run(
  shell: Shell,
  running: Specification,
  asked: { command: CommandWords; name: string; word: OpenWord; listing: boolean },
): string[] | undefined {
  const { command, name, word, listing } = asked;
  const { words, index, line, point } = command;
  const outer = shell.completing;
  shell.completing = { name, options: running.options };
  try {
    const { candidates, status } = generate(shell, running, {
      command: words[0] ?? '',
      word: word.text,
      previous: index > 0 ? (words[index - 1] ?? '') : '',
      words,
      index,
      line,
      point,
      type: listing ? LIST_TYPE : TAB_TYPE,
    });
    running.options = shell.completing.options;
    return status === RETRY ? undefined : candidates;
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    shell.complain(error.message);
    return [];
  } finally {
    shell.completing = outer;
  }
}

/** As they are typed: paths get quotations, and folders a slash. */
function presented(
  shell: Shell,
  { options, actions }: Specification,
  candidates: readonly string[],
  word: OpenWord,
): Completions {
  const paths = options.includes('filenames') || actions.includes('file') || actions.includes('directory');
  const unique = [...new Set(candidates)];
  if (!options.includes('nosort')) unique.sort();
  const typed = (candidate: string): string => {
    const slash = candidate.lastIndexOf('/');
    const [folder, name] = [candidate.slice(0, slash + 1), candidate.slice(slash + 1)];
    const text = options.includes('noquote') ? candidate : word.typed(folder, name);
    return shell.system.files.kind(candidate) === FOLDER ? `${text}/` : text;
  };
  return {
    start: word.start,
    candidates: paths ? unique.map(typed) : unique,
    suffix: options.includes('nospace') ? '' : word.quote === '' ? ' ' : `${word.quote} `,
    paths,
  };
}
