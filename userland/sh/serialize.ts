import { encodeText } from '../text/text.ts';
import type { Specification } from './completion/specification.ts';
import type { HistoryEntry } from './history/history.ts';
import type { Binding } from './interactive/bindings.ts';
import { type Job, Jobs } from './jobs.ts';
import { Options } from './options.ts';
import type { Frame, Shell, SourceText } from './shell.ts';
import { newVariable, type Value, type Variable } from './variables.ts';

/** A subshell in a process of its own starts with its parent's state, handed over as JSON on a descriptor. */
export interface SubshellState {
  version: 1;
  /** Commands to run. */
  script: string;
  firstLine: number;
  sourceName: string;
  name: string;
  pid: number;
  args: string[];
  status: number;
  lastBackground: number | null;
  cwd: string;
  subshell: number;
  tolerant: boolean;
  interactive: boolean;
  asynchronous: boolean;
  variables: [name: string, variable: Omit<Variable, 'value'>, value: EncodedValue][];
  functions: [name: string, text: string, sourceName: string, firstLine: number][];
  aliases: [string, string][];
  options: { on: string[]; shopt: [string, boolean][]; invocation: string };
  traps: [condition: string, action: string][];
  umask: number | null;
  /** Name in prompts, and what they count. */
  program: string;
  commandNumber: number;
  inFile: boolean;
  frames: [name: string, kind: Frame['kind'], callLine: number, source: string][];
  /** The parent's jobs: to be shown. */
  jobs: Job[];
  bindings: [string, Binding][];
  disabled: string[];
  completions: [string, Specification][];
  /** What `history` lists; only where the script asks for it. */
  history: HistoryEntry[];
}

const ASKS_FOR_HISTORY = /\b(?:history|fc)\b|@P\}/;

type EncodedValue = string | null | { array: [number, string][] } | { map: [string, string][] };

function encodeValue(value: Value | undefined): EncodedValue {
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  if (value instanceof Map) return { map: [...value] };
  return { array: Object.entries(value).map(([index, element]) => [Number(index), element]) };
}

function decodeValue(value: EncodedValue): Value | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  if ('map' in value) return new Map(value.map);
  const array: string[] = [];
  for (const [index, element] of value.array) array[index] = element;
  return array;
}

export function serializeState(shell: Shell, script: string, firstLine: number): Uint8Array {
  const variables: SubshellState['variables'] = [];
  for (const name of shell.variables.names()) {
    const found = shell.variables.find(name);
    if (found === undefined) continue;
    const { value, ...attributes } = found;
    variables.push([name, attributes, encodeValue(value)]);
  }
  const state: SubshellState = {
    version: 1,
    script,
    firstLine,
    sourceName: shell.source.name,
    name: shell.name,
    pid: shell.pid,
    args: shell.args,
    status: shell.status,
    lastBackground: shell.lastBackground ?? null,
    cwd: shell.cwd,
    subshell: shell.subshell + 1,
    tolerant: shell.tolerant > 0,
    interactive: false,
    asynchronous: shell.asynchronous,
    variables,
    functions: [...shell.functions].map(([name, { text, source }]) => [
      name,
      text,
      source.name,
      source.firstLine,
    ]),
    aliases: [...shell.aliases],
    program: shell.program,
    commandNumber: shell.commandNumber,
    inFile: shell.inFile,
    frames: shell.frames.map(({ name, kind, callLine, source }) => [name, kind, callLine, source.name]),
    jobs: shell.jobs.snapshot(),
    bindings: shell.bindings.entries,
    disabled: [...shell.disabled],
    completions: [...shell.completions],
    options: shell.options.entries(),
    traps: [...shell.inheritedTraps()],
    umask: shell.umask ?? null,
    history: ASKS_FOR_HISTORY.test(script) ? [...shell.history.entries] : [],
  };
  return encodeText(JSON.stringify(state));
}

/** Takes over a parent's state. `define` reads a function's text again. → the commands to run */
export function restoreState(
  shell: Shell,
  state: SubshellState,
  define: (shell: Shell, source: SourceText) => void,
): SourceText {
  for (const [name, attributes, value] of state.variables) {
    Object.assign(shell.variables.global(name), newVariable(decodeValue(value)), attributes);
  }
  for (const [name, definition, sourceName, firstLine] of state.functions) {
    if (!shell.functions.has(name)) define(shell, { text: definition, name: sourceName, firstLine });
  }
  for (const [name, text] of state.aliases) shell.aliases.set(name, text);
  for (const name of state.disabled) shell.disabled.add(name);
  for (const [name, specification] of state.completions) shell.completions.set(name, specification);
  shell.options = new Options(state.options.on, state.options.shopt, state.options.invocation);
  shell.options.set('monitor', false);
  Object.assign(shell, {
    name: state.name,
    args: state.args,
    status: state.status,
    cwd: state.cwd,
    subshell: state.subshell,
    asynchronous: state.asynchronous,
    program: state.program,
    commandNumber: state.commandNumber,
    inFile: state.inFile,
  });
  for (const [name, kind, callLine, source] of state.frames)
    shell.frames.push({ name, kind, callLine, source: { text: '', name: source, firstLine: 1 } });
  shell.jobs = Jobs.inherited(shell.system, state.jobs);
  for (const [sequence, binding] of state.bindings) shell.bindings.bind(sequence, binding);
  shell.lastBackground = state.lastBackground ?? undefined;
  shell.tolerant = state.tolerant ? 1 : 0;
  for (const { text, time } of state.history) shell.history.add(text, time);
  for (const [condition, action] of state.traps) shell.traps.set(condition, action);
  if (state.umask !== null) shell.umask = state.umask;
  return { text: state.script, name: state.sourceName, firstLine: state.firstLine };
}
