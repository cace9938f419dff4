import { describe, it } from 'vitest';
import { HASHES, useApp } from './app.ts';
import { withoutTimes } from './normalize.ts';
import { registryProblem } from './registry.ts';

const FILES = {
  'hashes.cjs': HASHES,
  'webpack.config.js': `
    module.exports = {
      entry: { main: './app/main.js' },
      output: { filename: '[name].[contenthash].js', clean: true },
      devtool: 'source-map',
      module: { rules: [{ test: /\\.css$/, use: ['style-loader', 'css-loader'] }] },
      optimization: { splitChunks: { chunks: 'all', minSize: 0 } },
    };`,
  'app/main.js':
    "import './style.css';\nimport { word } from './word.js';\nconst later = () => import('./later.js');\nlater().then(({ late }) => console.log(word, late));\n",
  'app/word.js': "export const word = 'first';\nexport const unused = 'gone';\n",
  'app/later.js': "export const late = 'late';\n",
  'app/style.css': 'body { color: red; }\n',
};

describe.skipIf(registryProblem !== undefined)('webpack and its server', () => {
  const made = useApp({
    'css-loader': '7.1.5',
    'style-loader': '4.0.0',
    webpack: '5.113.0',
    'webpack-cli': '7.3.1',
    'webpack-dev-server': '6.1.0',
    ws: '8.23.0',
  });

  it('webpack: a build in both modes, an error', async () => {
    await made.app.expectSame(
      `webpack --mode production --no-stats && node hashes.cjs dist; webpack --mode development --devtool eval --no-stats && node hashes.cjs dist
       webpack --mode production --entry ./app/none.js; echo $?`,
      { files: FILES, normalize: withoutTimes },
    );
  });

  it('webpack: its server of development tells of an edit and sends the change', async () => {
    await made.app.expectSame('node server.cjs', {
      files: {
        ...FILES,
        'server.cjs': `
          const { readFileSync, writeFileSync } = require('fs');
          const webpack = require('webpack');
          const Server = require('webpack-dev-server');
          const { default: Later = Server } = Server;
          const { WebSocket } = require('ws');
          const compiler = webpack({ ...require('./webpack.config.js'), mode: 'development', devtool: false, output: { filename: '[name].js' }, infrastructureLogging: { level: 'none' }, stats: 'none' });
          const server = new Later({ port: 0, host: 'localhost', static: false, setupExitSignals: false }, compiler);
          (async () => {
            await server.start();
            const base = 'localhost:' + server.server.address().port;
            const main = await (await fetch('http://' + base + '/main.js')).text();
            console.log(main.includes("word = 'first'"), main.includes('webpack/hot'), (await fetch('http://' + base + '/none')).status);
            const socket = new WebSocket('ws://' + base + '/ws', { origin: 'http://' + base });
            let hash, edited = false;
            socket.on('message', async (text) => {
              const { type, data } = JSON.parse(text);
              if (type === 'hash') [before, hash] = [hash, data];
              if (type !== 'ok') return;
              if (!edited) {
                edited = true;
                console.log('connected');
                setTimeout(() => writeFileSync('app/word.js', readFileSync('app/word.js', 'utf8').replace('first', 'second')), 300);
                return;
              }
              const update = await fetch('http://' + base + '/main.' + before + '.hot-update.json');
              console.log(update.status, Object.keys(await update.json()).sort());
              const code = await (await fetch('http://' + base + '/main.' + before + '.hot-update.js')).text();
              console.log(code.includes("word = 'second'"));
              socket.terminate();
              await server.stop();
              compiler.close(() => console.log('stopped'));
            });
            let before;
          })();`,
      },
    });
  });
});
