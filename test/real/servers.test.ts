import { describe, it } from 'vitest';
import { useApp } from './app.ts';
import { registryProblem } from './registry.ts';

/** A client that asks a server of the same process, and prints what it answers. */
const ASK = `
  exports.ask = async (port, requests) => {
    for (const [path, init] of requests) {
      const answer = await fetch('http://localhost:' + port + path, init);
      const headers = [...answer.headers].filter(([name]) => name !== 'date');
      console.log(path, answer.status, JSON.stringify(headers), await answer.text());
    }
  };`;

describe.skipIf(registryProblem !== undefined)('servers answer as on native Node', () => {
  describe('express', () => {
    const made = useApp({ express: '5.1.0' });
    it('routes, static files, JSON bodies, errors, redirects', async () => {
      await made.app.expectSame('node main.js', {
        files: {
          'ask.js': ASK,
          'public/a.txt': 'static text\n'.repeat(50),
          'main.js': `
            const express = require('express');
            const { ask } = require('./ask.js');
            const app = express();
            app.use(express.json(), express.static('public', { lastModified: false, etag: false }));
            app.get('/hello/:name', (request, response) => response.send('hello ' + request.params.name));
            app.post('/json', (request, response) => response.status(201).json(request.body));
            app.get('/away', (request, response) => response.redirect('/hello/you'));
            app.get('/fails', () => { throw new Error('on purpose'); });
            app.use((error, request, response, next) => response.status(error.status ?? 500).send(error.message));
            const server = app.listen(0, async () => {
              const json = { 'content-type': 'application/json' };
              await ask(server.address().port, [
                ['/hello/me'], ['/a.txt'], ['/a.txt', { headers: { range: 'bytes=5-10' } }], ['/none'], ['/away'], ['/fails'],
                ['/json', { method: 'POST', body: '{"a":[1,2]}', headers: json }],
                ['/json', { method: 'POST', body: '{"a"', headers: json }],
              ]);
              server.close();
            });`,
        },
      });
    });
  });
});
