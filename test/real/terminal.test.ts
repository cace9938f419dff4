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
    const made = useApp({ '@inquirer/prompts': '8.8.0', chalk: '6.0.1', ora: '9.4.1' });

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
