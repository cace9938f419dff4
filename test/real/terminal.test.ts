import { describe, expect, it } from 'vitest';
import { useApp } from './app.ts';
import { registryProblem } from './registry.ts';
import {
  type Answer,
  containedTranscript,
  nativeTranscript,
  terminalProblem,
  withoutFrames,
} from './terminal.ts';

const DOWN = '\u001B[B';
const ENTER = '\r';

describe.skipIf(registryProblem !== undefined || terminalProblem !== undefined)(
  'programs at a terminal',
  () => {
    const made = useApp({
      '@inquirer/prompts': '8.8.0',
      blessed: '0.1.81',
      chalk: '6.0.1',
      ink: '8.0.0',
      ora: '9.4.1',
      react: '19.3.1',
    });

    async function expectSameTranscript(program: string, answers: readonly Answer[]): Promise<string> {
      const { app } = made;
      const files = { 'asks.mjs': program };
      await app.native('true', { files });
      await app.contained('true', { files });
      const native = withoutFrames(await nativeTranscript(app, ['asks.mjs'], answers));
      expect(withoutFrames(await containedTranscript(app, ['asks.mjs'], answers))).toBe(native);
      return native;
    }

    it('inquirer: a text, a confirmation, a list, boxes, a secret, and what Control-C does', async () => {
      const shown = await expectSameTranscript(
        `import { checkbox, confirm, input, password, select } from '@inquirer/prompts';
       const choices = ['red', 'green', 'blue'].map((value) => ({ value }));
       console.log(await input({ message: 'Name', validate: (text) => text.length > 2 || 'too short' }));
       console.log(await confirm({ message: 'Sure' }));
       console.log(await select({ message: 'One', choices }));
       console.log(await checkbox({ message: 'Some', choices }));
       console.log(await password({ message: 'Secret', mask: '*' }));
       await input({ message: 'Never' }).catch((error) => console.log(error.name, error.message));
       console.log('the end');`,
        [
          { after: 'Name', press: 'ab' },
          { after: 'ab', press: ENTER },
          { after: 'too short', press: 'cde' },
          { after: 'abcde', press: ENTER },
          { after: 'Sure', press: 'n' },
          { after: 'n', press: ENTER },
          { after: 'One', press: DOWN },
          { after: 'green', press: ENTER },
          { after: 'Some', press: ' ' },
          { after: 'red', press: DOWN },
          { after: 'green', press: ENTER },
          { after: 'Secret', press: 'pw' },
          { after: '**', press: ENTER },
          { after: 'Never', press: '\u0003' },
        ],
      );
      expect(shown).toContain('the end');
    });

    it('ink: a component that keys change, and its end', async () => {
      const shown = await expectSameTranscript(
        `import { createElement, useEffect, useState } from 'react';
       import { Box, Text, render, useApp, useInput } from 'ink';
       function Counter() {
         const [count, setCount] = useState(-1);
         const { exit } = useApp();
         useInput((input, key) => {
           if (key.downArrow) setCount((now) => now + 1);
           if (input === 'q') exit();
         });
         useEffect(() => setCount(0), []); // the keys are taken from here on
         return createElement(Box, { borderStyle: 'round' }, createElement(Text, { color: 'green' }, 'count ' + count));
       }
       await render(createElement(Counter)).waitUntilExit();
       console.log('the end');`,
        [
          { after: 'count 0', press: DOWN },
          { after: 'count 1', press: DOWN },
          { after: 'count 2', press: 'q' },
        ],
      );
      expect(shown).toContain('the end');
    });

    it('blessed: a list on the alternate screen, moved through and left', async () => {
      const shown = await expectSameTranscript(
        `import blessed from 'blessed';
       const screen = blessed.screen({ smartCSR: true, title: 'list' });
       const list = blessed.list({ parent: screen, keys: true, border: 'line', items: ['first', 'second', 'third'],
         style: { selected: { inverse: true } } });
       const status = blessed.text({ parent: screen, bottom: 0, content: 'choose' });
       list.on('select', (item) => {
         screen.destroy();
         console.log('chosen', item.getText());
         process.exit(0);
       });
       list.on('select item', (item) => { status.setContent('at ' + item.getText()); screen.render(); });
       list.focus();
       screen.render();`,
        [
          { after: 'choose', press: DOWN },
          { after: 'at ', press: ENTER },
        ],
      );
      expect(shown).toContain('chosen second');
    });

    it('chalk and ora: colours, a spinner that succeeds and one that fails', async () => {
      await expectSameTranscript(
        `import chalk, { supportsColor } from 'chalk';
       import ora from 'ora';
       console.log(supportsColor, chalk.red.bold('red') + chalk.hex('#123456').underline('own') + chalk.bgBlue(' x '));
       ora({ text: 'works', interval: 1e6 }).start().succeed('worked');
       ora({ text: 'works', interval: 1e6 }).start().fail('failed');
       console.log(process.stdout.columns, process.stdout.rows, process.stdout.getColorDepth(), process.stdin.isTTY);`,
        [],
      );
    });
  },
);
