import { stripVTControlCharacters } from 'node:util';
import { describe, it } from 'vitest';
import { ALL } from './all.ts';
import { HASHES, useApp } from './app.ts';
import { ASK } from './ask.ts';
import { withoutSlowness, withoutTimes, withoutWarnings } from './normalize.ts';
import { PRODUCTION } from './production.ts';
import { registryProblem } from './registry.ts';

const normalize = (text: string): string =>
  withoutTimes(withoutWarnings(withoutSlowness(stripVTControlCharacters(text))))
    .replace(/\d\d:\d\d:\d\d/g, 'o’clock')
    .replace(/\n{2,}/g, '\n');

describe.skipIf(registryProblem !== undefined || !ALL).each(Object.entries(PRODUCTION))(
  'a framework in production',
  (title, production) => {
    const {
      packages,
      manifest = {},
      files,
      env = {},
      samePlace = false,
      scaffold,
      build,
      built,
      start,
      paths,
    } = production;
    const made = useApp(packages, { manifest, samePlace });

    it(title, async () => {
      const [folder, tools] = scaffold === undefined ? ['.', '.'] : ['scaffolded', '..'];
      const scaffolding = scaffold === undefined ? 'true' : `${scaffold} && node hashes.cjs ${folder}`;
      await made.app.expectSame(
        `${scaffolding} && cd ${folder} && ${build} && node ${tools}/hashes.cjs ${built.join(' ')} &&
         node ${tools}/ask.cjs ${start} -- ${paths.join(' ')}`,
        { files: { ...files, 'hashes.cjs': HASHES, 'ask.cjs': ASK }, env, normalize },
      );
    });
  },
);
