import { describe, expect, it } from 'vitest';
import type { FileCalls } from '../../../polyfills/system.ts';
import { Bindings } from '../../../userland/sh/interactive/bindings.ts';
import { LineEditor } from '../../../userland/sh/interactive/editor.ts';
import { KeyReader } from '../../../userland/sh/interactive/keys.ts';
import { layOut } from '../../../userland/sh/interactive/layout.ts';

/** What the editor makes of keys (and Escape alone where nothing follows). */
function edit(
  keys: string,
  history: readonly string[] = [],
  candidates: string[] = [],
  bindings = new Bindings(),
  isVi = false,
) {
  const bytes = Buffer.from(keys);
  let at = 0;
  const read = (_fd: number, into: Uint8Array): number => {
    if (at === bytes.length) return 0;
    into[0] = bytes[at++] ?? 0;
    return 1;
  };
  let screen = '';
  const editor = new LineEditor(
    {
      write: (text) => void (screen += text),
      columns: () => 20,
      echoes: () => true,
      history,
      bindings,
      isVi: () => isVi,
      runBound: (command, text, cursor) => ({ line: `${text}${command}`, cursor: cursor + command.length }),
      complete: (line, cursor) => ({
        start: line.slice(0, cursor).lastIndexOf(' ') + 1,
        candidates: candidates.filter((name) =>
          name.startsWith(line.slice(0, cursor).split(' ').at(-1) ?? ''),
        ),
        suffix: ' ',
        paths: true,
      }),
      interrupted: () => false,
    },
    new KeyReader({ read } as unknown as FileCalls, 0, () => (bytes[at] ?? 0) >= 32),
  );
  const edited = editor.edit('$ ');
  return { text: edited.kind === 'line' ? edited.text : edited.kind, screen };
}
const line = (keys: string, ...rest: [string[]?, string[]?, Bindings?]): string =>
  edit(`${keys}\r`, ...rest).text;

describe('the line editor', () => {
  it.each<[what: string, keys: string, line: string]>([
    ['kills and yanks', 'one two\x17\x19\x19', 'one twotwo'],
    ['joins kills in a row', 'one two three\x17\x17\x01\x19 ', 'two three one '],
    ['yanks what was killed before', 'one\x15two\x15\x19\x1by', 'one'],
    ['undoes', 'echo abc\x17\x1f\x1f', ''],
    ['undoes a kill', 'echo abc\x17\x1f', 'echo abc'],
    ['transposes letters and words', 'one two\x1bt\x14', 'two oen'],
    ['changes case', 'one two three\x01\x1bu\x1bc\x1bl', 'ONE Two three'],
    ['repeats by an argument', 'a b c d\x1b3\x1bb\x0b', 'a '],
    ['takes a key as it is', 'a\x16\tb', 'a\tb'],
    ['deletes spaces around', 'a   b\x1b[D\x1b\\', 'ab'],
    ['comments a line out', 'rm x\x1b#', '#rm x'],
    ['keeps the lines of a paste', '\x1b[200~echo a\necho b\n\x1b[201~', 'echo a\necho b\n'],
  ])('%s', (_what, keys, wanted) => {
    const { text } = edit(keys.endsWith('#') ? keys : `${keys}\r`);
    expect(text).toBe(wanted);
  });

  it('walks through history, keeps edits of its lines, takes last words', () => {
    const history = ['first one', 'second "two words"'];
    expect(line('draft\x1b[A\x1b[A\x1b[B\x1b[B', history)).toBe('draft');
    expect(line('\x1b[A!\x1b[A\x1b[B', history)).toBe('second "two words"!');
    expect(line('echo \x1b.', history)).toBe('echo "two words"');
    expect(line('echo \x1b.\x1b.', history)).toBe('echo one');
    expect(line('\x1b<', history)).toBe('first one');
  });

  it('searches history: further back, given up, ended by Escape', () => {
    const history = ['echo one', 'echo two', 'other'];
    expect(line('\x12echo', history)).toBe('echo two');
    expect(line('\x12echo\x12', history)).toBe('echo one');
    expect(line('\x12echo\x12\x13', history)).toBe('echo two');
    expect(line('typed\x12echo\x07', history)).toBe('typed');
    expect(line('\x12two\x1b\x05!', history)).toBe('echo two!');
    expect(edit('\x12none\r', history).screen).toContain("(failed reverse-i-search)`none'");
  });

  it('completes to what is common, then lists in columns, then takes the only one', () => {
    const names = ['alpha', 'alphabet', 'beta'];
    expect(line('cat al\t', [], names)).toBe('cat alpha');
    const listed = edit('cat al\t\t\tb\t\r', [], names);
    expect(listed.screen).toContain('\nalpha     alphabet\n');
    expect(listed.text).toBe('cat alphabet ');
  });

  it('obeys what keys are bound to', () => {
    const bindings = new Bindings();
    bindings.readText(
      [
        '# keys',
        '"\\e[A": history-search-backward',
        'Control-t: "typed\\C-a"',
        '$if mode=vi',
        '"x": abort',
        '$else',
        '"\\C-x\\C-k": kill-line',
        '$endif',
        'set show-all-if-ambiguous on',
      ].join('\n'),
      () => undefined,
    );
    bindings.bind('\x18r', { kind: 'shell', text: '!' });
    const history = ['echo one', 'cat two', 'echo three', 'cat four'];
    expect(line('echo\x1b[A', history, [], bindings)).toBe('echo three');
    expect(line('echo\x1b[A\x1b[A!', history, [], bindings)).toBe('echo! one');
    expect(line('x\x14y', [], [], bindings)).toBe('yxtyped');
    expect(line('abc\x1b[D\x1b[D\x18\x0b', [], [], bindings)).toBe('a');
    expect(line('ab\x18r.', [], [], bindings)).toBe('ab!.');
    expect(line('ab\x18\x15', [], [], bindings)).toBe('');
    expect(edit('cat al\t\r', [], ['alpha', 'alphabet'], bindings).screen).toContain('alpha     alphabet');
    bindings.unbind('\x01');
    expect(line('b\x01a', [], [], bindings)).toBe('ba');
    expect(bindings.sequencesOf('beginning-of-line')).not.toContain('\\C-a');
    expect(bindings.readLine('"a": no-such')).toContain('unknown function name');
  });

  it('lays out wide characters, controls, tabs and ends of lines', () => {
    const at = (text: string, cursor: number) => layOut([...text], cursor, 2, 10);
    expect(at('漢字漢字漢', 5)).toMatchObject({ rows: 1, cursorRow: 1, cursorColumn: 2 });
    expect(at('a\nb', 2)).toMatchObject({ rows: 1, cursorRow: 1, cursorColumn: 0 });
    expect(at('12345678', 8)).toMatchObject({ text: '12345678\n', cursorRow: 1, cursorColumn: 0 });
    expect(at('\x01\t', 2)).toMatchObject({ text: '^A    ', cursorRow: 0, cursorColumn: 8 });
  });
});

describe("the line editor with vi's keys", () => {
  const vi = (keys: string, history: string[] = [], names: string[] = []) =>
    edit(keys, history, names, new Bindings(), true);
  const escape = '\x1b';

  it.each<[what: string, keys: string, line: string]>([
    ['inserts at first', 'echo a', 'echo a'],
    ['steps back onto a character', `abc${escape}x`, 'ab'],
    ['moves by words', `one two-three four${escape}0wx2wdwbix`, 'one wox-four'],
    ['moves by WORDS and to their ends', `a.b c.d e.f${escape}BBx0Ex`, 'a. .d e.f'],
    ['takes counts', `abcdef${escape}03x2~`, 'DEf'],
    ['multiplies counts', `a b c d e f${escape}02d2w`, 'e f'],
    ['finds characters', `a-b-c-d${escape}0f-x;x,x`, 'ab-d'],
    ['finds up to characters', `ab,c,d${escape}0dt,02dt,$2dT,`, ',d'],
    ['deletes nothing up to the character beside', `a,b,c${escape}0dt,$dT,`, 'a,b,c'],
    ['changes words', `echo one two${escape}0wcwONE`, 'echo ONE two'],
    ['changes to the end', `echo one two${escape}0wC1`, 'echo 1'],
    ['changes all', `echo one${escape}ccls${escape}Sps`, 'ps'],
    ['appends and inserts', `b${escape}Ac${escape}Ia${escape}ax${escape}ii`, 'aixbc'],
    ['replaces', `abc${escape}0rxlR12345`, 'x12345'],
    ['exchanges what it deletes', `ab${escape}0xp`, 'ba'],
    ['yanks and puts', `one two${escape}0yw$p`, 'one twoone '],
    ['yanks lines and puts before', `ab${escape}yyP`, 'aabb'],
    ['undoes', `one two${escape}dbu`, 'one two'],
    ['undoes an insertion as a whole', `one two${escape}0cwfoo${escape}u`, 'one two'],
    ['repeats what was typed first', `a b c${escape}bb.x`, 'a b a b c'],
    ['reverts to what was typed first', `one two${escape}dbxxU`, 'one two'],
    ['repeats changes', `a b c${escape}0cwx${escape}w.w.`, 'x x x'],
    ['repeats by a count', `abcdef${escape}0x3.`, 'ef'],
    ['goes to brackets and columns', `f(a[1])b${escape}0%x3|d%`, 'f(b'],
    ['deletes to the start, and from the first letter', `  ab cd${escape}d0^x`, ''],
    ['substitutes', `abc${escape}02sXY`, 'XYc'],
    ['knows arrows at once after Escape', `abc${escape}\x1b[D\x1b[Dx`, 'bc'],
    ["leaves the editor's own keys to insert mode", 'one two\x17x\x15y', 'y'],
  ])('%s', (_what, keys, wanted) => {
    expect(vi(`${keys}\r`).text).toBe(wanted);
  });

  it('recalls lines, searches them both ways, enters comments', () => {
    const history = ['echo one', 'cat two', 'echo three', 'cat four'];
    expect(vi(`draft${escape}k\r`, history).text).toBe('cat four');
    expect(vi(`draft${escape}kkjjx\r`, history).text).toBe('raft');
    expect(vi(`${escape}kix\r`, history).text).toBe('xcat four');
    expect(vi(`${escape}2G\r`, history).text).toBe('cat two');
    expect(vi(`${escape}G\r`, history).text).toBe('echo one');
    expect(vi(`${escape}/cat\rn\r`, history).text).toBe('cat two');
    expect(vi(`${escape}/cat\rnN\r`, history).text).toBe('cat four');
    expect(vi(`${escape}G?three\r\r`, history).text).toBe('echo three');
    expect(vi(`${escape}/^echo\r\r`, history).text).toBe('echo three');
    expect(vi(`kept${escape}/none\r\r`, history).text).toBe('kept');
    expect(vi(`a${escape}_\r`, history).text).toBe('a four');
    expect(vi(`rm x${escape}#`, history).text).toBe('#rm x');
    expect(vi(`${escape}/ca`, history).screen).toContain('/ca');
  });

  it('is asked for by inputrc', () => {
    const bindings = new Bindings();
    bindings.readText('set editing-mode vi\n$if mode=vi\n"\\C-k": kill-line\n$endif', () => undefined);
    expect([bindings.takeMode(), bindings.takeMode(), bindings.texts('macro')]).toEqual([
      'vi',
      undefined,
      [],
    ]);
    expect(bindings.find('\x0b')).toMatchObject({ kind: 'command' });
  });
});
