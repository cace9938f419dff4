import { expect, test } from 'vitest';
import { usePage } from '../harness.ts';

const { run } = usePage();

test('the line editor completes as complete was told, by words, functions and files, and obeys bound keys', async () => {
  const shown = await run(async ({ OpenAgentsContainer, readyShell }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.mkdir('folder one');
    const press = await readyShell(container, { cols: 80, rows: 24 });
    const prompt = '\x1b[?2004h';
    await press("complete -W 'alpha beta' w; complete -o filenames -A directory d\r", prompt);
    await press(
      '_f() { COMPREPLY=("$2-$COMP_CWORD-${COMP_WORDS[1]}"); compopt -o nospace; }; complete -F _f f\r',
      prompt,
    );
    await press(`w() { echo "<$*>"; }; d() { w "$@"; }; f() { w "$@"; }\r`, prompt);
    await press('bind \'"\\C-o": "typed"\'; bind -x \'"\\C-xr": READLINE_LINE="w run"\'\r', prompt);
    await press('w al\tx\r', '<alpha x>', prompt);
    await press('d fo\t\r', '<folder one/>', prompt);
    await press('f sub wo\t.\r', '<sub wo-2-sub.>', prompt);
    await press('w \x0f\r', '<typed>', prompt);
    const last = await press('\x18r\x05 on\r', '<run on>', prompt);
    await container.teardown();
    return last;
  });
  expect(shown).toContain('<run on>');
});
