/** What the cryptographic library, which a process loads when it is first asked for, sees of the program around it. */
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** Keys of all kinds in whose making random bytes go, made twice. */
const KEYS = `
  const made = () => [
    ['ed25519'], ['x448'], ['ec', { namedCurve: 'P-256' }], ['ml-kem-768'], ['ml-dsa-44'],
  ].map(([type, options]) => crypto.generateKeyPairSync(type, options).publicKey.export({ type: 'spki', format: 'der' }).toString('hex'));
  const [first, second] = [made(), made()];
  console.log(first.filter((key, at) => key === second[at]).length, 'equal');`;

test('keys are of the host’s generator, whatever a program puts in the place of its own crypto and Error', async () => {
  const said = await run(async ({ OpenAgentsContainer }, keys: string) => {
    const container = await OpenAgentsContainer.boot();
    const node = async (name: string, source: string) => {
      await container.fs.writeFile(name, source);
      return container.exec(`node ${name}`);
    };
    const outcomes = [
      await node(
        'replaced.js',
        `Object.defineProperty(globalThis, 'crypto', {
          value: { getRandomValues() { console.log('asked'); throw new Error('no randomness'); } },
        });
        const crypto = require('node:crypto'); ${keys}`,
      ),
      await node(
        'limited.js',
        `Error.stackTraceLimit = 3; const crypto = require('node:crypto'); ${keys}
        const deep = (level) => (level === 0 ? new Error('deep') : deep(level - 1));
        console.log(Error.stackTraceLimit, deep(10).stack.split('\\n').length);`,
      ),
      await node('frozen.js', `Object.freeze(Error); const crypto = require('node:crypto'); ${keys}`),
    ];
    await container.teardown();
    return outcomes.map(({ stdout, stderr }) => stdout + stderr);
  }, KEYS);
  expect(said).toEqual(['0 equal\n', '0 equal\n3 4\n', '0 equal\n']);
});
