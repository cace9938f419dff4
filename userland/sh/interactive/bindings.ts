import { type EditorCommand, EDITOR_COMMANDS } from './editor-commands.ts';
import { keyNamed, notationOf, sequenceOf } from './key-sequence.ts';

/** What a key sequence means: a command of the editor, text that is typed in its place, or a command of the shell. */
export type Binding =
  | { kind: 'command'; command: EditorCommand }
  | { kind: 'macro'; text: string }
  | { kind: 'shell'; text: string }
  | { kind: 'nothing' };

/** readline's variables that this editor knows. */
const VARIABLES: Readonly<Record<string, string>> = {
  'completion-ignore-case': 'off',
  'completion-query-items': '100',
  'enable-bracketed-paste': 'on',
  'mark-directories': 'on',
  'match-hidden-files': 'off',
  'show-all-if-ambiguous': 'off',
};

export type EditingMode = 'emacs' | 'vi';

/** Key bindings and variables, as `bind` and inputrc set them: over what the editor does by itself. */
export class Bindings {
  readonly #custom = new Map<string, Binding>();
  readonly #variables = new Map(Object.entries(VARIABLES));
  #mode: EditingMode = 'emacs';
  #wantedMode: EditingMode | undefined;

  get entries(): [sequence: string, binding: Binding][] {
    return [...this.#custom];
  }
  /** What was bound to this sequence; undefined: what the editor does by itself. */
  find(sequence: string): Binding | undefined {
    return this.#custom.get(sequence);
  }
  /** A longer sequence that begins so is bound. */
  isPrefix(sequence: string): boolean {
    for (const known of this.#custom.keys())
      if (known.length > sequence.length && known.startsWith(sequence)) return true;
    return false;
  }
  bind(sequence: string, binding: Binding): void {
    this.#custom.set(sequence, binding);
  }
  unbind(sequence: string): void {
    const isOurs = EDITOR_COMMANDS.some(({ sequences }) =>
      sequences.some((notation) => sequenceOf(notation) === sequence),
    );
    if (isOurs) this.#custom.set(sequence, { kind: 'nothing' });
    else this.#custom.delete(sequence);
  }

  /** Sequences of a command, in readline's notation. */
  sequencesOf(name: string): string[] {
    const own = EDITOR_COMMANDS.find((command) => command.name === name)?.sequences ?? [];
    const kept = own.filter((notation) => !this.#custom.has(sequenceOf(notation)));
    const bound = [...this.#custom]
      .filter(([, binding]) => binding.kind === 'command' && binding.command.name === name)
      .map(([sequence]) => notationOf(sequence));
    return [...kept, ...bound];
  }
  /** Macros or commands of the shell, with their sequences in readline's notation. */
  texts(kind: 'macro' | 'shell'): [sequence: string, text: string][] {
    return [...this.#custom].flatMap(([sequence, binding]) =>
      binding.kind === kind ? [[notationOf(sequence), binding.text] as [string, string]] : [],
    );
  }

  get variables(): readonly [name: string, value: string][] {
    return [...this.#variables];
  }
  isOn(name: string): boolean {
    return this.#variables.get(name) === 'on';
  }
  number(name: string): number {
    return Number(this.#variables.get(name)) || 0;
  }

  /** What `set editing-mode` has asked for since the last time. */
  takeMode(): EditingMode | undefined {
    const wanted = this.#wantedMode;
    this.#wantedMode = undefined;
    return wanted;
  }

  /** A line of inputrc. → what is wrong with it */
  readLine(line: string): string | undefined {
    const set = /^\s*set\s+(\S+)\s*(.*?)\s*$/.exec(line);
    if (set) {
      // Variables of what this editor has not are left alone, as readline does with unknown ones.
      const [, name = '', value = ''] = set;
      const mode = name === 'editing-mode' ? /^(vi|emacs)$/i.exec(value)?.[1]?.toLowerCase() : undefined;
      if (mode === 'vi' || mode === 'emacs') this.#mode = this.#wantedMode = mode;
      if (this.#variables.has(name))
        this.#variables.set(name, value.toLowerCase() === '1' ? 'on' : value.toLowerCase());
      return undefined;
    }
    const parsed = parseBinding(line);
    if (parsed === undefined) return `${line}: no key sequence`;
    const [sequence, value] = parsed;
    const quote = value.charAt(0);
    if (quote === '"' || quote === "'") {
      this.bind(sequence, { kind: 'macro', text: sequenceOf(value.slice(1, value.lastIndexOf(quote))) });
      return undefined;
    }
    const command = EDITOR_COMMANDS.find(({ name }) => name === value.toLowerCase());
    if (command === undefined) return `${value}: unknown function name`;
    this.bind(sequence, { kind: 'command', command });
    return undefined;
  }

  /** All of an inputrc: `$if` of the mode, the terminal and the application; `$include` through `read`. */
  readText(text: string, read: (path: string) => string | undefined, depth = 0): void {
    const skipping: boolean[] = [];
    for (const raw of text.split('\n')) {
      const line = raw.trim();
      if (line === '' || line.startsWith('#')) continue;
      if (line.startsWith('$if')) skipping.push(!holds(line.slice(3).trim(), this.#mode));
      else if (line === '$else') skipping.push(!skipping.pop());
      else if (line === '$endif') skipping.pop();
      else if (skipping.includes(true)) continue;
      else if (line.startsWith('$include')) {
        const more = depth < INCLUDES_MAX ? read(line.slice('$include'.length).trim()) : undefined;
        if (more !== undefined) this.readText(more, read, depth + 1);
      } else this.readLine(line);
    }
  }
}
const INCLUDES_MAX = 8;

function holds(condition: string, editingMode: EditingMode): boolean {
  const mode = /^mode\s*=+\s*(\S+)$/.exec(condition);
  if (mode) return mode[1] === editingMode;
  const term = /^term\s*=\s*(\S+)$/.exec(condition);
  if (term) return term[1] === 'xterm' || term[1] === 'xterm-256color';
  return condition.toLowerCase() === 'bash';
}

/** `"\C-x": value` or `Control-x: value`. */
export function parseBinding(line: string): [sequence: string, value: string] | undefined {
  const quoted = /^\s*"((?:[^"\\]|\\[\s\S])*)"\s*:?\s*([\s\S]*?)\s*$/.exec(line);
  if (quoted) return [sequenceOf(quoted[1] ?? ''), quoted[2] ?? ''];
  const named = /^\s*([^\s":]+)\s*:\s*([\s\S]*?)\s*$/.exec(line);
  return named ? [keyNamed(named[1] ?? ''), named[2] ?? ''] : undefined;
}
