/** Servers that tell the pages of a preview frame of a change: by hot modules, WebSocket, server-sent events, or asked. */
import type { Framework } from './development.ts';

const PAGE = '<!doctype html><h1 id="title"></h1><button id="counter">count 0</button>';

/** Written without a framework: the module takes its own replacement, and the page keeps its state. */
const viteOf = (version: string): Framework => ({
  packages: { vite: version },
  manifest: { type: 'module' },
  files: {
    'index.html': `${PAGE}<script type="module" src="/src/main.js"></script>`,
    'src/main.js': `
      import { title } from './title.js';
      const show = (text) => (document.querySelector('#title').textContent = text);
      show(title);
      let count = 0;
      const button = document.querySelector('#counter');
      button.onclick = () => (button.textContent = 'count ' + ++count);
      import.meta.hot.accept('./title.js', (changed) => show(changed.title));`,
    'src/title.js': "export const title = 'first';",
  },
  command: 'node node_modules/vite/bin/vite.js',
  port: 5173,
  edited: 'src/title.js',
});

/** Tells its page the text of a file, by whatever way it has, when the file changes. */
const WATCHED = `
  const { readFileSync, watch } = require('fs');
  const title = () => readFileSync('title.txt', 'utf8');
  const onChange = (tell) => watch('.', (_, name) => name === 'title.txt' && title() !== '' && tell(title()));`;

export const LIVE_SERVERS: Record<string, Framework> = {
  'vite 7: an edit without a reload': viteOf('7.3.8'),
  'vite 6: an edit without a reload': viteOf('6.4.6'),
  'webpack-dev-server: an edit in a frame without a reload': {
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1', 'webpack-dev-server': '6.1.0' },
    files: {
      'webpack.config.js': `
        module.exports = {
          mode: 'development',
          entry: './src/main.js',
          devServer: { port: 8080, static: { directory: 'public' } },
        };`,
      'public/index.html': `${PAGE}<script src="/main.js"></script>`,
      'src/main.js': `
        import { title } from './title.js';
        const show = () => (document.querySelector('#title').textContent = title);
        show();
        let count = 0;
        const button = document.querySelector('#counter');
        button.onclick = () => (button.textContent = 'count ' + ++count);
        module.hot.accept('./title.js', show);`,
      'src/title.js': "export const title = 'first';",
    },
    command: 'node node_modules/webpack-cli/bin/cli.js serve',
    port: 8080,
    edited: 'src/title.js',
  },
  'socket.io: a change is sent to a frame, which answers': {
    packages: { 'socket.io': '4.8.4' },
    files: {
      'server.cjs': `${WATCHED}
        const { Server } = require('socket.io');
        const server = require('http').createServer((request, response) =>
          response.setHeader('content-type', 'text/html').end(readFileSync('index.html')));
        const io = new Server(server);
        let count = 0;
        io.on('connection', (socket) => {
          socket.emit('title', title());
          socket.on('count', (answer) => answer(++count));
        });
        onChange((text) => io.emit('title', text));
        server.listen(3000);`,
      'title.txt': 'first',
      'index.html': `${PAGE}<script src="/socket.io/socket.io.js"></script><script>
        const socket = io();
        socket.on('title', (text) => (document.querySelector('#title').textContent = text));
        const button = document.querySelector('#counter');
        button.onclick = async () => (button.textContent = 'count ' + (await socket.emitWithAck('count')));
      </script>`,
    },
    command: 'node server.cjs',
    port: 3000,
    edited: 'title.txt',
  },
  'graphql-yoga: a subscription in a frame by server-sent events': {
    packages: { graphql: '17.1.0', 'graphql-yoga': '5.24.1' },
    files: {
      'server.cjs': `${WATCHED}
        const { createPubSub, createSchema, createYoga } = require('graphql-yoga');
        const events = createPubSub();
        let count = 0;
        const schema = createSchema({
          typeDefs: 'type Query { title: String! } type Mutation { count: Int! } type Subscription { title: String! }',
          resolvers: {
            Query: { title },
            Mutation: { count: () => ++count },
            Subscription: { title: { subscribe: () => events.subscribe('title'), resolve: (text) => text } },
          },
        });
        onChange((text) => events.publish('title', text));
        const yoga = createYoga({ schema, graphiql: false });
        require('http').createServer((request, response) => {
          if (request.url.startsWith('/graphql')) yoga(request, response);
          else response.setHeader('content-type', 'text/html').end(readFileSync('index.html'));
        }).listen(4000);`,
      'title.txt': 'first',
      'index.html': `${PAGE}<script>
        const ask = async (query) =>
          (await (await fetch('/graphql', {
            method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }),
          })).json()).data;
        const show = ({ title }) => (document.querySelector('#title').textContent = title);
        const button = document.querySelector('#counter');
        button.onclick = async () => (button.textContent = 'count ' + (await ask('mutation { count }')).count);
        const events = new EventSource('/graphql?query=' + encodeURIComponent('subscription { title }'));
        events.addEventListener('next', ({ data }) => show(JSON.parse(data).data));
        events.onopen = async () => show(await ask('{ title }'));
      </script>`,
    },
    command: 'node server.cjs',
    port: 4000,
    edited: 'title.txt',
  },
  'json-server: a frame reads what was edited': {
    packages: { 'json-server': '0.17.4' },
    files: {
      'db.json': '{"title":{"text":"first"},"clicks":[]}',
      'public/index.html': `${PAGE}<script>
        const button = document.querySelector('#counter');
        button.onclick = async () => {
          const headers = { 'content-type': 'application/json' };
          const made = await fetch('/clicks', { method: 'POST', headers, body: '{}' });
          button.textContent = 'count ' + (await made.json()).id;
        };
        const ask = async () => {
          const answer = await fetch('/title').catch(() => undefined);
          if (answer?.ok) document.querySelector('#title').textContent = (await answer.json()).text;
          setTimeout(ask, 100);
        };
        ask();
      </script>`,
    },
    command: 'node node_modules/json-server/lib/cli/bin.js --watch db.json',
    port: 3000,
    edited: 'db.json',
  },
};
