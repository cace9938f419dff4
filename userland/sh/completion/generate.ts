import { parse } from 'unbash';
import { callFunction } from '../call.ts';
import { ShellError } from '../control.ts';
import { expandWords } from '../expand.ts';
import { DEFAULT_IFS } from '../fields.ts';
import { expandPathname } from '../pathnames.ts';
import { matchesPattern } from '../pattern.ts';
import type { Shell } from '../shell.ts';
import { elementsOf } from '../variables.ts';
import { actionCandidates } from './actions.ts';
import { pathCandidates } from './paths.ts';
import { ACTIONS, type Specification } from './specification.ts';

/** What is being completed. */
export interface Asked {
  /** The command whose argument it is, the word that was begun and the word before it: `$1`, `$2`, `$3`. */
  command: string;
  word: string;
  previous: string;
  /** COMP_WORDS and where in them; no words and -1 for `compgen`. */
  words: readonly string[];
  index: number;
  /** COMP_LINE and COMP_POINT. */
  line: string;
  point: number;
  /** COMP_TYPE: 9 for a tab, 63 for a list. */
  type: number;
}

export interface Generated {
  candidates: string[];
  /** Status of the completion function; RETRY asks to look for the specification anew. */
  status: number;
}

/** Candidates by a specification, in the order of the manual: actions, -G, -W, -F and -C; then -X, -P and -S. */
export function generate(shell: Shell, specification: Specification, asked: Asked): Generated {
  const { word } = asked;
  let status = 0;
  let candidates = ACTIONS.filter((action) => specification.actions.includes(action)).flatMap((action) =>
    actionCandidates(shell, action, word),
  );
  if (specification.glob !== undefined) candidates.push(...globbed(shell, specification.glob));
  if (specification.words !== undefined)
    candidates.push(...wordList(shell, specification.words).filter((each) => each.startsWith(word)));
  if (specification.function !== undefined) {
    const answer = byFunction(shell, specification.function, asked);
    candidates.push(...answer.candidates);
    status = answer.status;
  } else if (specification.command !== undefined)
    candidates.push(...byCommand(shell, specification.command, asked));
  if (specification.filter !== undefined) candidates = filtered(candidates, specification.filter, word);
  const { prefix = '', suffix = '' } = specification;
  candidates = candidates.map((candidate) => prefix + candidate + suffix);
  const { options } = specification;
  if (options.includes('plusdirs') || (options.includes('dirnames') && candidates.length === 0))
    candidates.push(...pathCandidates(shell, word, true));
  return { candidates, status };
}

function globbed(shell: Shell, pattern: string): string[] {
  const { options } = shell;
  return expandPathname(shell.system.files, pattern, {
    dotglob: options.shopt('dotglob'),
    globstar: options.shopt('globstar'),
    nocaseglob: options.shopt('nocaseglob'),
    globskipdots: options.shopt('globskipdots'),
  });
}

/** `-W`: split by IFS outside quotations, then each word expanded but for path names. */
export function wordList(shell: Shell, text: string): string[] {
  const ifs = shell.variables.get('IFS') ?? DEFAULT_IFS;
  const noglob = shell.options.has('noglob');
  const outer = shell.source;
  shell.options.set('noglob', true);
  try {
    return splitWords(text, ifs).flatMap((piece) => {
      const whole = `: ${piece}`;
      const script = parse(whole);
      const command = script.commands[0]?.command;
      if (script.errors?.[0] !== undefined || command?.type !== 'Command')
        throw new ShellError(`${piece}: bad substitution`);
      shell.source = { ...outer, text: whole };
      return expandWords(
        shell,
        command.args.filter((argument) => argument.type === 'Word'),
      );
    });
  } finally {
    shell.source = outer;
    shell.options.set('noglob', noglob);
  }
}

/** Pieces of `text` between characters of `ifs`; what would end a word for the parser is protected. */
function splitWords(text: string, ifs: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < text.length;) {
    const end = endOfUnit(text, at);
    const unit = text.slice(at, end);
    if (end === at + 1 && ifs.includes(unit)) {
      if (piece !== '') pieces.push(piece);
      piece = '';
    } else piece += end === at + 1 && /[\s;&|<>()#]/.test(unit) ? `\\${unit}` : unit;
    at = end;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/** A quotation, an escaped character or an expansion is one unit; else one character. */
function endOfUnit(text: string, at: number): number {
  const character = text.charAt(at);
  if (character === '\\') return Math.min(text.length, at + 2);
  if (character === "'" || character === '`') return closing(text, at + 1, character);
  if (character === '"') {
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end = endOfUnit(text, end);
    return Math.min(text.length, end + 1);
  }
  const opens = character === '$' ? text.charAt(at + 1) : '';
  if (opens !== '(' && opens !== '{') return at + 1;
  const closes = opens === '(' ? ')' : '}';
  let end = at + 2;
  for (let depth = 1; end < text.length;) {
    if (text[end] === opens) depth++;
    if (text[end] === closes && --depth === 0) return end + 1;
    end = endOfUnit(text, end);
  }
  return end;
}
function closing(text: string, from: number, mark: string): number {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end + 1;
}

const COMP_VARIABLES = ['COMP_LINE', 'COMP_POINT', 'COMP_TYPE', 'COMP_KEY', 'COMP_WORDS', 'COMP_CWORD'];
const TAB = 9;

function setVariables(shell: Shell, asked: Asked): void {
  const { variables } = shell;
  variables.set('COMP_LINE', asked.line);
  variables.set('COMP_POINT', String(asked.point));
  variables.set('COMP_TYPE', String(asked.type));
  variables.set('COMP_KEY', String(TAB));
  variables.setArray('COMP_WORDS', [...asked.words]);
  variables.set('COMP_CWORD', String(asked.index));
}

/** `-F`: the function leaves its candidates in COMPREPLY. */
function byFunction(shell: Shell, name: string, asked: Asked): Generated {
  const fn = shell.functions.get(name);
  if (fn === undefined) {
    shell.complain(`completion: function \`${name}' not found`);
    return { candidates: [], status: 1 };
  }
  const { status: before, pipeStatus } = shell;
  setVariables(shell, asked);
  shell.variables.unset('COMPREPLY');
  try {
    callFunction(shell, name, fn, [asked.command, asked.word, asked.previous]);
    const { status } = shell;
    return { candidates: elementsOf(shell.variables.value('COMPREPLY')), status };
  } finally {
    for (const variable of [...COMP_VARIABLES, 'COMPREPLY']) shell.variables.unset(variable);
    Object.assign(shell, { status: before, pipeStatus });
  }
}

/** `-C`: each line that the command prints. */
function byCommand(shell: Shell, command: string, asked: Asked): string[] {
  const quoted = [asked.command, asked.word, asked.previous].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  const text = `${command} ${quoted.join(' ')}`;
  const { status } = shell;
  setVariables(shell, asked);
  for (const name of COMP_VARIABLES) shell.variables.writable(name).exported = true;
  try {
    const output = shell.engine.capture(shell, parse(text), { text, name: shell.source.name, firstLine: 1 });
    return output === '' ? [] : output.split('\n');
  } finally {
    for (const variable of COMP_VARIABLES) shell.variables.unset(variable);
    shell.status = status;
  }
}

/** `-X`: leaves out what matches, or with `!` what does not; `&` stands for the word. */
function filtered(candidates: readonly string[], filter: string, word: string): string[] {
  const negated = filter.startsWith('!');
  const pattern = (negated ? filter.slice(1) : filter).replace(/\\&|&/g, (mark) =>
    mark === '&' ? word : '&',
  );
  return candidates.filter((candidate) => matchesPattern(candidate, pattern) === negated);
}
