/** Serves what the tests ask for; written as a program of the container. */
export const SERVER = `
const http = require('node:http');
const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const body = [];
  switch (url.pathname) {
    case '/':
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.setHeader('Set-Cookie', ['seen=1; Path=/', 'secret=x; HttpOnly; Path=/']);
      response.end('<!doctype html><html><head><title>t</title><script src="/app.js"></script></head><body><a id="about" href="/about">about</a><form id="form" method="post" action="/form"><input name="a" value="b c"></form></body></html>');
      return;
    case '/app.js':
      response.setHeader('Content-Type', 'text/javascript');
      response.end('document.documentElement.dataset.app = "ran " + document.cookie');
      return;
    case '/about':
    case '/form':
      for await (const chunk of request) body.push(chunk);
      response.setHeader('Content-Type', 'text/html');
      response.end('<title>' + request.method + ' ' + Buffer.concat(body) + '</title>' + request.headers.referer);
      return;
    case '/headers':
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(request.headers));
      return;
    case '/redirect':
      response.writeHead(302, { Location: '/headers?redirected' }).end();
      return;
    case '/elsewhere':
      response.writeHead(302, { Location: 'http://localhost:3001/hello' }).end();
      return;
    case '/sum': {
      let size = 0;
      let sum = 0;
      for await (const chunk of request) { size += chunk.length; sum = (sum + chunk[0] + chunk[chunk.length - 1]) % 1e9; }
      response.end(JSON.stringify({ size }));
      return;
    }
    case '/large': {
      const bytes = Number(url.searchParams.get('bytes'));
      const part = Buffer.alloc(65536, 7);
      for (let sent = 0; sent < bytes; sent += part.length) {
        if (!response.write(part)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end();
      return;
    }
    case '/range': {
      const [, from, to] = /bytes=(\\d+)-(\\d+)/.exec(request.headers.range) ?? [];
      const text = '0123456789'.slice(Number(from), Number(to) + 1);
      response.writeHead(206, { 'Content-Range': 'bytes ' + from + '-' + to + '/10' }).end(text);
      return;
    }
    case '/encoded': {
      const coding = url.searchParams.get('coding');
      response.writeHead(200, { 'Content-Encoding': coding });
      response.end(coding === 'gzip' ? require('node:zlib').gzipSync('text') : 'text');
      return;
    }
    case '/events': {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      let count = 0;
      const timer = setInterval(() => response.write('data: ' + ++count + '\\n\\n'), 20);
      response.on('close', () => { clearInterval(timer); console.log('events closed'); });
      return;
    }
    case '/crash':
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('half', () => process.exit(3));
      return;
    default:
      response.writeHead(404).end('no such page');
  }
});
server.listen(3000, () => console.log('listening'));
http.createServer((request, response) => response.end('hello from 3001 ' + request.url)).listen(3001);
`;
