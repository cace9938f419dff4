import { describe, expect, test } from 'vitest';
import { Signal } from '../../../src/base/signals.ts';
import { LineDiscipline } from '../../../src/kernel/tty/discipline.ts';
import { TTY_COOKED, TtyFlag } from '../../../src/protocol/ipc-layout.ts';
import {
  CONTROL_DISABLED,
  DEFAULT_CONTROLS,
  type TerminalControls,
} from '../../../src/base/terminal-controls.ts';
import { readControls, writeControls } from '../../../src/protocol/terminal-controls.ts';

/** A terminal as its keys go in, and what came of them. */
function terminal(modes: number = TTY_COOKED, controls: Partial<TerminalControls> = {}) {
  const state = { modes, input: '', screen: '', ends: 0, signals: [] as number[], held: false };
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const discipline = new LineDiscipline({
    modes: () => state.modes,
    controls: () => ({ ...DEFAULT_CONTROLS, ...controls }),
    deliver: (bytes) => void (state.input += decode(bytes)),
    end: () => void state.ends++,
    echo: (bytes) => void (state.screen += decode(bytes)),
    hold: (held) => void (state.held = held),
    signal: (signal) => void state.signals.push(signal),
  });
  return { state, discipline, type: (keys: string) => discipline.receive(new TextEncoder().encode(keys)) };
}

const RUB = '\b \b';

describe('cooked', () => {
  test('a line arrives when it is entered', () => {
    const { state, type } = terminal();
    type('hel');
    expect(state.input).toBe('');
    type('lo\rnext');
    expect(state).toMatchObject({ input: 'hello\n', screen: 'hello\nnext' });
  });

  test.each([
    ['backspace', 'abc\x7f\x7fx\r', 'ax\n', `abc${RUB}${RUB}x\n`],
    ['a character of several bytes', 'aß\x7f\r', 'a\n', `aß${RUB}\n`],
    ['a control character takes two places', 'a\x01\x7f\r', 'a\n', `a^A${RUB}${RUB}\n`],
    ['nothing to erase', '\x7fa\r', 'a\n', 'a\n'],
    ['^U', 'abc\x15x\r', 'x\n', `abc${RUB.repeat(3)}x\n`],
    ['^W', 'one two  \x17x\r', 'one x\n', `one two  ${RUB.repeat(5)}x\n`],
    ['^V takes the next key as it is', '\x16\x03\r', '\x03\n', '^C\n'],
  ])('%s', (_, keys, input, screen) => {
    const { state, type } = terminal();
    type(keys);
    expect(state).toMatchObject({ input, screen });
  });

  test('^S holds what is shown until ^Q, a signal or another mode', () => {
    const { state, discipline, type } = terminal();
    type('a\x13b\r');
    expect(state).toMatchObject({ held: true, input: 'ab\n', screen: 'a' });
    type('\x11');
    expect(state).toMatchObject({ held: false, screen: 'ab\n' });
    type('\x13\x03');
    expect(state).toMatchObject({ held: false, signals: [Signal.SIGINT] });
    type('\x13');
    state.modes &= ~TtyFlag.flowControl;
    discipline.modesChanged();
    expect(state.held).toBe(false);
    type('\x13\x16\x11\r');
    expect(state).toMatchObject({ held: false, input: 'ab\n\x13\x11\n' });
  });

  test('^D ends on an empty line, and sends what there is on another', () => {
    const { state, type } = terminal();
    type('\x04ab\x04');
    expect(state).toMatchObject({ ends: 1, input: 'ab' });
  });

  test('^C, ^\\ and ^Z are signals and drop the line', () => {
    const { state, type } = terminal();
    type('abc\x03de\x1c\x1a\r');
    expect(state.signals).toEqual([Signal.SIGINT, Signal.SIGQUIT, Signal.SIGTSTP]);
    expect(state).toMatchObject({ input: '\n', screen: 'abc^Cde^\\^Z\n' });
  });

  test('other keys signal, erase and end where they were told to', () => {
    const { state, type } = terminal(TTY_COOKED, {
      intr: 7,
      erase: 0x23,
      kill: 0x40,
      susp: CONTROL_DISABLED,
    });
    type('ab#c\r\x07ab@d\x03\x1a\r');
    expect(state.signals).toEqual([Signal.SIGINT]);
    expect(state.input).toBe('ac\nd\x03\x1a\n');
  });

  test('control characters lie in two words', () => {
    const words = new Map<number, number>();
    const ring = {
      word: (name: number) => words.get(name) ?? 0,
      setWord: (name: number, value: number) => void words.set(name, value),
    };
    expect(readControls(ring)).toEqual(DEFAULT_CONTROLS);
    const controls = { ...DEFAULT_CONTROLS, intr: 7, eof: CONTROL_DISABLED, lnext: 1 };
    writeControls(ring, controls);
    expect(readControls(ring)).toEqual(controls);
  });

  test('a line has a bound', () => {
    const { state, type } = terminal();
    type('x'.repeat(5000));
    type('\r');
    expect(state.input.length).toBe(4096);
    expect(state.screen).toContain('\x07');
  });
});

describe('other modes', () => {
  test('raw passes every key at once and shows nothing', () => {
    const { state, type } = terminal(TtyFlag.mapOutput);
    type('a\x03\r\x7f');
    expect(state).toMatchObject({ input: 'a\x03\r\x7f', screen: '', signals: [] });
  });

  test('without echo the line is edited unseen', () => {
    const { state, type } = terminal(TTY_COOKED & ~TtyFlag.echo);
    type('secreT\x7ft\r');
    expect(state).toMatchObject({ input: 'secret\n', screen: '' });
  });

  test('leaving cooked mode hands on what was typed', () => {
    const { state, type, discipline } = terminal();
    type('half');
    state.modes = TtyFlag.mapOutput;
    discipline.modesChanged();
    expect(state.input).toBe('half');
  });

  test.each([
    ['all modes', TtyFlag.mapOutput],
    ['canonical mode alone', TTY_COOKED & ~TtyFlag.canonical],
  ])('what was typed before %s went comes first, though the change has not been told yet', (_, modes) => {
    const { state, type, discipline } = terminal();
    type('half');
    state.modes = modes;
    type(' more');
    discipline.modesChanged();
    expect(state.input).toBe('half more');
  });
});
