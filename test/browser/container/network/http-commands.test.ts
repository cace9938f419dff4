import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const SERVER = `
const http = require('node:http');
http.createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    if (request.url === '/moved') response.writeHead(302, { location: '/end' }).end();
    else if (request.url === '/missing') response.writeHead(404).end('no');
    else response.end(JSON.stringify({ method: request.method, url: request.url, body, type: request.headers['content-type'] }));
  });
}).listen(3000, () => console.log('listening'));
`;

test('curl, wget and jq talk to a server of the container', async () => {
  const result = await run(async ({ OpenAgentsContainer }, server) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('server.js', server);
    const ready = new Promise((resolve) => container.on('server-ready', resolve));
    await container.spawn('node', ['server.js']);
    await ready;
    const answers = [];
    for (const line of [
      `curl -s localhost:3000/a?b=1 -d x=1 | jq -c '[.method, .url, .body, .type]'`,
      'curl -sL -o out -w "%{http_code} %{num_redirects}\\n" localhost:3000/moved && jq -r .url < out',
      'curl -sSf localhost:3000/missing; echo $?',
      'curl -sS localhost:3001/; echo $?',
      'wget -q localhost:3000/dir/file.json && jq -r .url file.json',
      'wget -q localhost:3000/missing; echo $?',
      `jq -n '[range(3)] | map(. * 2)' -c; echo '{' | jq .; echo $?`,
      'seq 30000 | jq -n "[inputs] | add"',
    ]) {
      const { stdout, stderr } = await container.exec(line);
      answers.push(stdout + stderr);
    }
    await container.teardown();
    return answers;
  }, SERVER);
  expect(result).toEqual([
    '["POST","/a?b=1","x=1","application/x-www-form-urlencoded"]\n',
    '200 1\n/end\n',
    '22\ncurl: (22) The requested URL returned error: 404\n',
    expect.stringMatching(/^7\ncurl: \(7\) Failed to connect to localhost port 3001 after \d+ ms: /),
    '/dir/file.json\n',
    '8\n',
    expect.stringMatching(/^\[0,2,4\]\n[25]\njq: parse error: /),
    '450015000\n',
  ]);
});
