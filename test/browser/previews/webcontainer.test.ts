import { expect, test } from 'vitest';
import type * as Module from '../../../container-api/webcontainer.ts';
import { usePage } from '../harness.ts';

const opened = usePage();

test('a program written for WebContainer runs after its import has changed, and its errors are told', async () => {
  // As text, so that no transform of this file reaches into it.
  await opened.page.evaluate(`import('/webcontainer.js').then((api) => (window.webcontainer = api))`);
  const result = await opened.run(async () => {
    const { WebContainer, auth, configureAPIKey, isPreviewMessage, PreviewMessageType, reloadPreview } = (
      window as never as { webcontainer: typeof Module }
    ).webcontainer;
    configureAPIKey('none');
    const { status } = auth.init({ clientId: 'x', scope: '' });
    const container = await WebContainer.boot({
      coep: 'credentialless',
      workdirName: 'demo',
      forwardPreviewErrors: true,
    });
    await container.mount({
      'index.js': {
        file: {
          contents: `require('http').createServer((request, response) => {
            response.setHeader('Content-Type', 'text/html');
            response.end('<script>console.error("told", 1); Promise.reject(new Error("rejected")); throw new Error("thrown");</script>');
          }).listen(8080);`,
        },
      },
    });
    const messages: Module.PreviewMessage[] = [];
    let more: () => void = () => undefined;
    container.on('preview-message', (message) => {
      messages.push(message);
      more();
    });
    const until = async (count: number): Promise<void> => {
      while (messages.length < count) await new Promise<void>((resolve) => (more = resolve));
    };
    const process = await container.spawn('node', ['index.js']);
    const url = await new Promise<string>((resolve) =>
      container.on('server-ready', (_port, address) => resolve(address)),
    );
    const frame = document.createElement('iframe');
    frame.src = `${url}page?q=1#h`;
    document.body.append(frame);
    await until(3);
    await reloadPreview(frame);
    await until(6);
    process.kill();
    const exit = await process.exit;
    await container.teardown();
    const types = messages
      .slice(0, 3)
      .map(({ type }) => type)
      .sort();
    const [first] = messages;
    return {
      status,
      types,
      known: Object.values(PreviewMessageType).sort(),
      all: messages.every(isPreviewMessage),
      first,
      exit,
      again: messages[3]?.previewId !== first?.previewId,
    };
  });
  expect(result).toMatchObject({
    status: 'authorized',
    all: true,
    again: true,
    exit: 143,
    first: {
      type: 'PREVIEW_CONSOLE_ERROR',
      args: ['told', 1],
      port: 8080,
      pathname: '/page',
      search: '?q=1',
      hash: '#h',
    },
  });
  expect(result.types).toEqual(result.known);
});

test('paths are as a WebContainer has them: all of the working directory', async () => {
  const result = await opened.run(async () => {
    const { WebContainer } = (window as never as { webcontainer: typeof Module }).webcontainer;
    const container = await WebContainer.boot({ workdirName: 'demo' });
    await container.mount({ 'index.js': { file: { contents: '' } }, src: { directory: {} } });
    await container.mount({ deep: { file: { contents: 'd' } } }, { mountPoint: '/src' });
    await container.fs.writeFile('/index.js', 'console.log(process.cwd(), "changed")');
    await container.fs.writeFile(`${container.workdir}/own.txt`, '');
    const shell = await container.spawn('jsh', { terminal: { cols: 80, rows: 24 } });
    const input = shell.input.getWriter();
    await input.write('cd src && node /home/demo/../demo/index.js; exit 3\r');
    let shown = '';
    for await (const text of shell.output) shown += text;
    const ran = await container.spawn('ls', { cwd: '/src' });
    let listed = '';
    for await (const text of ran.output) listed += text;
    const answer = {
      root: (await container.fs.readdir('/')).sort(),
      above: (await container.fs.readdir('../..')).sort(),
      shown: shown.includes('/home/demo/src changed'),
      listed,
      exit: await shell.exit,
    };
    await container.teardown();
    return answer;
  });
  expect(result).toEqual({
    root: ['index.js', 'own.txt', 'src'],
    above: ['index.js', 'own.txt', 'src'],
    shown: true,
    listed: 'deep\n',
    exit: 3,
  });
});
