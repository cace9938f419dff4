/** The commands of less by their keys. */
import { Signal } from '../../src/base/signals.ts';
import { spawnChild, waitForChild } from '../program/child.ts';
import { encodeText } from '../text/text.ts';
import type { Key } from '../sh/interactive/keys.ts';
import { HELP } from './help.ts';
import type { Pager } from './pager.ts';
import { placeOf } from './prompts.ts';

const WRITE_CREATE_EXCLUSIVE = 0o301;
const FILE_MODE = 0o666;

/** → false to end */
type Command = (count: number | undefined) => boolean | void;

export function runPager(pager: Pager): number {
  if (pager.printsOneScreen()) return 0;
  return pager.screen.during(() => new Keys(pager).run());
}

class Keys {
  readonly #pager: Pager;
  readonly #commands: Readonly<Record<string, Command>>;
  #window: number | undefined;
  #half: number | undefined;
  #ends = 0;

  constructor(pager: Pager) {
    this.#pager = pager;
    this.#commands = { ...this.#moves(), ...this.#jumps(), ...this.#others() };
  }

  /** → exit status */
  run(): number {
    this.#begin();
    for (;;) {
      const said = this.#pager.draw();
      const status = this.#command(said);
      if (status !== undefined) return status;
    }
  }

  #begin(): void {
    const { first } = this.#pager.settings;
    if (first.startsWith('/')) this.#pager.search(first.slice(1), false, 1);
    else if (/^\d+$/.test(first)) this.#pager.position.goTo(Number(first) - 1);
    else this.#commands[first]?.(undefined);
  }

  /** One key, with the number before it. Enter only takes a message away. → the exit status to end with */
  #command(said: boolean): number | undefined {
    const pager = this.#pager;
    let count = '';
    for (;;) {
      const key = pager.key();
      if (key.kind === 'end') return 0;
      if (key.kind === 'interrupted') return this.#signal();
      if (said && count === '' && key.kind === 'named' && key.name === 'enter') return undefined;
      const digit = key.kind === 'text' && /^\d$/.test(key.text) ? key.text : '';
      if (digit !== '') {
        count += digit;
        pager.screen.write(`\r\x1b[K:${count}`);
        continue;
      }
      const command = this.#commands[nameOf(key)];
      return command?.(count === '' ? undefined : Number(count)) === false ? 0 : undefined;
    }
  }

  #signal(): number | undefined {
    const pager = this.#pager;
    const signal = pager.screen.signalled();
    if (signal === 'redraw') pager.forget();
    if (signal === Signal.SIGINT) return pager.settings.quitOnInterrupt ? 2 : undefined;
    return typeof signal === 'number' ? 128 + signal : undefined;
  }

  #forward(count: number): boolean | void {
    const pager = this.#pager;
    if (pager.position.forward(count)) {
      this.#ends = 0;
      return undefined;
    }
    if (pager.settings.quitAtEnd && (++this.#ends > 1 || pager.inputs[pager.file + 1] === undefined))
      return pager.goToFile(pager.file + 1);
    return undefined;
  }

  #moves(): Record<string, Command> {
    const { position } = this.#pager;
    const window = (): number => this.#window ?? this.#pager.height();
    const half = (count: number | undefined): number =>
      (this.#half = count ?? this.#half ?? Math.max(1, Math.floor(this.#pager.height() / 2)));
    const down: Command = (count) => this.#forward(count ?? 1);
    const up: Command = (count) => void position.back(count ?? 1);
    const pageDown: Command = (count) => this.#forward(count ?? window());
    const pageUp: Command = (count) => void position.back(count ?? window());
    const side = (sign: 1 | -1): Command => {
      return (count) => {
        const pager = this.#pager;
        pager.shift = Math.max(0, pager.shift + sign * (count ?? Math.floor(pager.screen.size()[0] / 2)));
      };
    };
    const halfDown: Command = (count) => this.#forward(half(count));
    const halfUp: Command = (count) => void position.back(half(count));
    return {
      ...keysFor('e j ^e ^n enter down', down),
      ...keysFor('y k ^y ^k ^p up', up),
      ...keysFor('f ^f ^v page-down', pageDown),
      ' ': pageDown,
      ...keysFor('b ^b M-v page-up', pageUp),
      ...keysFor('d ^d', halfDown),
      ...keysFor('u ^u', halfUp),
      z: (count) => this.#forward((this.#window = count ?? window())),
      w: (count) => void position.back((this.#window = count ?? window())),
      J: (count) => position.forced(count ?? 1),
      K: up,
      ...keysFor('right M-)', side(1)),
      ...keysFor('left M-(', side(-1)),
    };
  }

  #jumps(): Record<string, Command> {
    const pager = this.#pager;
    const { position } = pager;
    const first: Command = (count) => {
      pager.mark("'");
      position.goTo((count ?? 1) - 1);
    };
    const last: Command = (count) => {
      if (count !== undefined) return first(count);
      pager.mark("'");
      pager.readAll();
      position.toEnd();
    };
    const percent: Command = (count) => {
      pager.mark("'");
      pager.readAll();
      const wanted = ((pager.text.sizeBytes ?? 0) * Math.min(100, count ?? 0)) / 100;
      const index = pager.text.lines.findIndex(({ end }) => end > wanted);
      position.goTo(index < 0 ? pager.text.lines.length : index);
    };
    return {
      ...keysFor('g < home M-<', first),
      ...keysFor('G > end M->', last),
      ...keysFor('p %', percent),
      m: () => {
        const key = this.#ask('mark: ');
        if (key.kind === 'text') pager.mark(key.text);
      },
      "'": () => {
        const key = this.#ask('goto mark: ');
        if (key.kind === 'text') pager.goToMark(key.text);
      },
      '/': (count) => this.#search('/', false, count ?? 1),
      '?': (count) => this.#search('?', true, count ?? 1),
      n: (count) => pager.find(pager.backward, count ?? 1),
      N: (count) => pager.find(!pager.backward, count ?? 1),
      'M-u': () => {
        pager.highlights = !pager.highlights;
      },
      '&': () => {
        const typed = pager.line.ask('&/');
        if (typed !== undefined) pager.filter(typed);
      },
    };
  }

  #others(): Record<string, Command> {
    const pager = this.#pager;
    const place: Command = () => pager.say(placeOf(pager.state(pager.position.shown())));
    return {
      q: () => false,
      Q: () => false,
      Z: () => nameOf(this.#ask('Z')) !== 'Z',
      '^l': () => pager.repaint(),
      r: () => pager.repaint(),
      R: () => {
        pager.reopen();
        pager.repaint();
      },
      F: () => {
        pager.follow();
      },
      '=': place,
      '^g': place,
      ':': (count) => this.#colon(count ?? 1, place),
      '-': () => this.#toggle(),
      '!': () => this.#shell(),
      v: () => this.#edit(),
      s: () => this.#save(),
      ...keysFor('h H', () => this.#help()),
    };
  }

  #ask(prompt: string): Key {
    this.#pager.screen.write(`\r\x1b[K${prompt}`);
    return this.#pager.key();
  }
  #search(prompt: string, backward: boolean, count: number): void {
    const typed = this.#pager.line.ask(prompt);
    if (typed !== undefined) this.#pager.search(typed, backward, count);
  }

  #colon(count: number, place: Command): boolean | void {
    const pager = this.#pager;
    const name = nameOf(this.#ask(' :'));
    if (name === 'q' || name === 'Q') return false;
    if (name === 'n' && !pager.goToFile(pager.file + count)) pager.say('No next file');
    else if (name === 'p' && !pager.goToFile(pager.file - count)) pager.say('No previous file');
    else if (name === 'x') pager.goToFile(0);
    else if (name === 'f') return place(undefined);
    else if (name === 'e') this.#examine();
    return undefined;
  }
  #examine(): void {
    const pager = this.#pager;
    const name = pager.line.ask('Examine: ');
    if (name === undefined || name === '') return;
    const fd = pager.context.system.files.open(name, 0, 0);
    if (fd < 0) return pager.say(`${name}: No such file or directory`);
    pager.inputs.splice(pager.file + 1, 0, { name, fd });
    pager.goToFile(pager.file + 1);
  }

  #toggle(): void {
    const { settings } = this.#pager;
    const letter = nameOf(this.#ask('-'));
    const [on, off, change] = TOGGLES[letter] ?? [];
    if (on === undefined || off === undefined || change === undefined) {
      if (letter.length === 1) this.#pager.say(`There is no ${letter} option`);
      return;
    }
    this.#pager.say(change(settings) ? on : off);
    this.#pager.forget();
  }

  #shell(): void {
    const pager = this.#pager;
    const command = pager.line.ask('!');
    if (command === undefined) return;
    this.#aside(['sh', '-c', command === '' ? 'sh' : command], '!done');
  }
  #edit(): void {
    const pager = this.#pager;
    const { env } = pager.context;
    const editor = env['VISUAL'] ?? env['EDITOR'];
    if (editor === undefined) return pager.say('Cannot edit: neither VISUAL nor EDITOR is set');
    if (pager.input.name === '') return pager.say('Cannot edit standard input');
    this.#aside(['sh', '-c', `${editor} "$1"`, 'sh', pager.input.name]);
    pager.reopen();
  }
  /** A program on the screen as it was before; `done`: waits for Enter behind it. */
  #aside(argv: readonly string[], done?: string): void {
    const pager = this.#pager;
    pager.screen.aside(() => {
      const pid = spawnChild(pager.context, argv);
      if (pid >= 0) waitForChild(pager.context, pid);
      pager.screen.signalled();
      if (done === undefined) return;
      pager.screen.write(`\x1b[7m${done}  (press RETURN)\x1b[27m`);
      pager.key();
      pager.screen.write('\n');
    });
    pager.forget();
  }

  #save(): void {
    const pager = this.#pager;
    if (pager.input.name !== '') return pager.say('Input is not a pipe');
    const name = pager.line.ask('log file: ');
    if (name === undefined || name === '') return;
    const { files } = pager.context.system;
    pager.readAll();
    const text = [...pager.text.everything()].join('');
    const written = files.writeFile(name, encodeText(text), WRITE_CREATE_EXCLUSIVE, FILE_MODE);
    pager.say(written < 0 ? `Cannot write to "${name}"` : `Saved as ${name}`);
  }

  /** The help in screens, each until a key; `q` goes back. */
  #help(): void {
    const pager = this.#pager;
    const lines = HELP.split('\n');
    for (let at = 0; at < lines.length; at += pager.height()) {
      const more = at + pager.height() < lines.length;
      const page = lines.slice(at, at + pager.height()).map((line) => `${line}\r\n`);
      const prompt = more ? 'HELP -- Press RETURN for more, or q when done' : 'HELP -- END -- Press RETURN';
      pager.screen.write(`\x1b[H\x1b[J${page.join('')}\x1b[7m${prompt}\x1b[27m`);
      const name = nameOf(pager.key());
      if (name === 'q' || name === 'Q') break;
    }
    pager.forget();
  }
}

type Toggle = readonly [on: string, off: string, change: (settings: Pager['settings']) => boolean];
const flag =
  (name: 'chop' | 'numbers' | 'rawColors') =>
  (settings: Pager['settings']): boolean =>
    (settings[name] = !settings[name]);
const caseless =
  (kind: 'lower' | 'always') =>
  (settings: Pager['settings']): boolean =>
    (settings.ignoreCase = settings.ignoreCase === kind ? 'no' : kind) === kind;
const prompt =
  (kind: 'medium' | 'long') =>
  (settings: Pager['settings']): boolean =>
    (settings.prompt = settings.prompt === kind ? 'short' : kind) === kind;

const TOGGLES: Readonly<Record<string, Toggle>> = {
  S: ['Chop long lines', 'Fold long lines', flag('chop')],
  N: ['Constantly display line numbers', "Don't use line numbers", flag('numbers')],
  R: ['Display ANSI sequences directly', 'Display control characters as ^X', flag('rawColors')],
  i: ['Ignore case in searches', 'Case is significant in searches', caseless('lower')],
  I: ['Ignore case in searches and in patterns', 'Case is significant in searches', caseless('always')],
  m: ['Medium prompt', 'Short prompt', prompt('medium')],
  M: ['Long prompt', 'Short prompt', prompt('long')],
};

const keysFor = (names: string, command: Command): Record<string, Command> =>
  Object.fromEntries(names.split(' ').map((name) => [name, command]));

function nameOf(key: Key): string {
  if (key.kind === 'text') return key.text;
  if (key.kind === 'control') return `^${key.letter}`;
  if (key.kind === 'meta') return `M-${key.letter}`;
  return key.kind === 'named' ? key.name : '';
}
