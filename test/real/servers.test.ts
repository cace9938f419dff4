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
    it('routes, static files, JSON bodies, errors, redirects, connections kept', async () => {
      await made.app.expectSame('node main.js', {
        files: {
          'ask.js': ASK,
          'public/a.txt': 'static text\n'.repeat(50),
          'main.js': `
            const express = require('express');
            const http = require('http');
            const { once } = require('events');
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
              const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
              for (const path of ['/hello/one', '/hello/two']) {
                const request = http.get({ agent, port: server.address().port, path });
                const [response] = await once(request, 'response');
                const text = (await response.setEncoding('utf8').toArray()).join('');
                console.log(text, response.headers.connection, response.headers['keep-alive'], request.reusedSocket);
              }
              agent.destroy();
              server.close();
            });`,
        },
      });
    });
  });

  describe('koa, hono, fastify, graphql-yoga', () => {
    const made = useApp({
      koa: '3.3.0',
      hono: '4.13.19',
      '@hono/node-server': '2.1.9',
      fastify: '5.12.8',
      graphql: '17.1.0',
      'graphql-yoga': '5.24.1',
    });
    it('koa: middleware, errors, JSON, streams', async () => {
      await made.app.expectSame('node main.js', {
        files: {
          'ask.js': ASK,
          'main.js': `
            const Koa = require('koa');
            const { Readable } = require('stream');
            const { ask } = require('./ask.js');
            const app = new Koa();
            app.silent = true;
            app.use(async (context, next) => { await next(); context.set('x-after', '1'); });
            app.use(async (context) => {
              if (context.path === '/fails') context.throw(418, 'tea');
              if (context.path === '/json') context.body = { query: context.query };
              else if (context.path === '/stream') context.body = Readable.from(['a', 'b', 'c']);
              else context.body = 'koa ' + context.method;
            });
            const server = app.listen(0, async () => {
              await ask(server.address().port, [['/'], ['/json?a=1&b=2'], ['/fails'], ['/stream']]);
              server.close();
            });`,
        },
      });
    });

    it('hono: routes, server-sent events, streamed text', async () => {
      await made.app.expectSame('node main.mjs', {
        files: {
          'ask.js': ASK,
          'main.mjs': `
            import { serve } from '@hono/node-server';
            import { Hono } from 'hono';
            import { streamSSE, streamText } from 'hono/streaming';
            import asking from './ask.js';
            const { ask } = asking;
            const app = new Hono();
            app.get('/json/:id', (context) => context.json({ id: context.req.param('id') }));
            app.get('/events', (context) => streamSSE(context, async (stream) => {
              for (let i = 0; i < 3; i++) { await stream.writeSSE({ data: 'm' + i, event: 'tick', id: String(i) }); await stream.sleep(2); }
            }));
            app.get('/text', (context) => streamText(context, async (stream) => {
              for (let i = 0; i < 3; i++) await stream.writeln('line ' + i);
            }));
            app.post('/echo', async (context) => context.text(await context.req.text()));
            const server = serve({ fetch: app.fetch, port: 0 }, async ({ port }) => {
              const echo = { method: 'POST', body: 'x'.repeat(1000) };
              await ask(port, [['/json/7'], ['/events'], ['/text'], ['/echo', echo], ['/none']]);
              server.close();
            });`,
        },
      });
    });

    it('fastify: schemas, inject, listen, close', async () => {
      await made.app.expectSame('node main.js', {
        files: {
          'ask.js': ASK,
          'main.js': `
            const app = require('fastify')();
            const { ask } = require('./ask.js');
            const shown = { 200: { type: 'object', properties: { hello: { type: 'string' } } } };
            const body = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
            app.get('/', { schema: { response: shown } }, async () => ({ hello: 'world', hidden: 1 }));
            app.post('/checked', { schema: { body } }, async (request) => request.body);
            (async () => {
              const { statusCode, body } = await app.inject('/');
              console.log('injected', statusCode, body);
              await app.listen({ port: 0 });
              const post = (text) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: text });
              const requests = [['/'], ['/checked', post('{"n":"5"}')], ['/checked', post('{"m":1}')], ['/none']];
              await ask(app.server.address().port, requests);
              await app.close();
              console.log('closed');
            })();`,
        },
      });
    });

    it('graphql-yoga: query, mutation, error, subscription by server-sent events', async () => {
      await made.app.expectSame('node main.js', {
        files: {
          'ask.js': ASK,
          'main.js': `
            const { createYoga, createSchema } = require('graphql-yoga');
            const { ask } = require('./ask.js');
            const typeDefs = 'type Query { hello(n: String): String } type Mutation { add(a: Int, b: Int): Int } type Subscription { count(to: Int): Int }';
            const resolvers = {
              Query: { hello: (_, { n }) => 'hello ' + n },
              Mutation: { add: (_, { a, b }) => a + b },
              Subscription: { count: { subscribe: async function* (_, { to }) { for (let i = 1; i <= to; i++) yield { count: i }; } } },
            };
            const yoga = createYoga({ logging: false, schema: createSchema({ typeDefs, resolvers }) });
            const server = require('http').createServer(yoga).listen(0, async () => {
              const post = (query) => ['/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) }];
              const events = '/graphql?query=' + encodeURIComponent('subscription { count(to: 3) }');
              await ask(server.address().port, [
                post('{ hello(n: "x") }'), post('mutation { add(a: 1, b: 2) }'), post('{ nope }'),
                [events, { headers: { accept: 'text/event-stream' } }],
              ]);
              server.close();
            });`,
        },
      });
    });
  });

  describe('ws and socket.io', () => {
    const made = useApp({ ws: '8.23.0', 'socket.io': '4.8.4', 'socket.io-client': '4.8.4' });
    it('ws: text, binary, fragments, permessage-deflate, close', async () => {
      await made.app.expectSame('node main.js', {
        files: {
          'main.js': `
            const { WebSocket, WebSocketServer } = require('ws');
            const server = new WebSocketServer({ port: 0, perMessageDeflate: true }, () => {
              const client = new WebSocket('ws://localhost:' + server.address().port);
              client.on('open', () => { client.send('hello'); client.send(Buffer.alloc(100000, 7)); for (const word of ['in ', 'three ', 'parts']) client.send(word, { fin: word === 'parts' }); });
              let messages = 0;
              client.on('message', (data, binary) => {
                console.log(binary, data.length, binary ? data[5] : String(data), client.extensions);
                if (++messages === 3) client.close(1000, 'bye');
              });
              client.on('close', (code, reason) => { console.log('closed', code, String(reason)); server.close(); });
            });
            server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));`,
        },
      });
    });

    it('socket.io: polling, WebSocket, the step from one to the other, rooms, binary, reconnection', async () => {
      await made.app.expectSame('node main.js', {
        files: {
          'main.js': `
            const { Server } = require('socket.io');
            const { io } = require('socket.io-client');
            const http = require('http').createServer();
            const server = new Server(http);
            server.on('connection', (socket) => {
              socket.join('room');
              socket.on('ask', (value, answer) => answer({ got: value }));
              socket.on('all', () => server.to('room').emit('told', Buffer.from('bytes')));
            });
            http.listen(0, async () => {
              for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
                const client = io('http://localhost:' + http.address().port, { transports, forceNew: true, reconnectionDelay: 10 });
                await new Promise((resolve) => client.on('connect', resolve));
                console.log(transports.join(), await client.emitWithAck('ask', { a: 1 }));
                const told = new Promise((resolve) => client.on('told', resolve));
                client.emit('all');
                console.log(String(await told));
                const left = new Promise((resolve) => client.once('disconnect', resolve));
                const again = new Promise((resolve) => client.once('connect', resolve));
                client.io.engine.close();
                console.log(await left);
                await again;
                console.log(await client.emitWithAck('ask', 'again'));
                client.close();
              }
              server.close();
            });`,
        },
      });
    });
  });

  describe('the Model Context Protocol', () => {
    const made = useApp({ '@modelcontextprotocol/sdk': '1.32.2', zod: '4.6.7' });
    it('a server over stdio and over HTTP', async () => {
      await made.app.expectSame('node client.mjs', {
        files: {
          'server.mjs': `
            import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
            import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
            import { z } from 'zod';
            export function make() {
              const server = new McpServer({ name: 'adder', version: '1.0.0' });
              const inputSchema = { a: z.number(), b: z.number() };
              server.registerTool('add', { description: 'adds', inputSchema }, async ({ a, b }) => ({
                content: [{ type: 'text', text: String(a + b) }],
              }));
              return server;
            }
            if (process.argv[2] === 'stdio') await make().connect(new StdioServerTransport());`,
          'client.mjs': `
            import { randomUUID } from 'crypto';
            import http from 'http';
            import { Client } from '@modelcontextprotocol/sdk/client/index.js';
            import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
            import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
            import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
            import { make } from './server.mjs';
            async function use(transport) {
              const client = new Client({ name: 'client', version: '1.0.0' });
              await client.connect(transport);
              console.log((await client.listTools()).tools.map(({ name }) => name));
              console.log(JSON.stringify(await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })));
              await client.close();
            }
            await use(new StdioClientTransport({ command: 'node', args: ['server.mjs', 'stdio'] }));
            let transport;
            const server = http.createServer(async (request, response) => {
              let body = '';
              for await (const part of request) body += part;
              if (!transport) {
                transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => randomUUID() });
                await make().connect(transport);
              }
              await transport.handleRequest(request, response, body ? JSON.parse(body) : undefined);
            });
            server.listen(0, async () => {
              await use(new StreamableHTTPClientTransport(new URL('http://localhost:' + server.address().port + '/mcp')));
              server.closeAllConnections();
              server.close();
            });`,
        },
      });
    });
  });
});
