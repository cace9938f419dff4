/**
 * `node ask.cjs command word … -- path …`: starts a server by its command line, asks it at port 4567 for paths, tells what
 * it answered, and ends it.
 */
export const ASK = `
  const { spawn } = require('child_process');
  const [command, ...words] = process.argv.slice(2);
  const paths = words.splice(words.indexOf('--')).slice(1);
  const child = spawn(command, words, { stdio: 'ignore' });
  child.once('exit', (code) => { console.log('ended', code); process.exit(1); });
  const PAUSE_MS = 50;
  const ask = async (path) => {
    for (;;) {
      try { return await fetch('http://localhost:4567' + path); }
      catch { await new Promise((resolve) => setTimeout(resolve, PAUSE_MS)); }
    }
  };
  (async () => {
    for (const path of paths) {
      const answer = await ask(path);
      const text = (await answer.text()).replace(/p-\\w{6}|project/g, 'folder');
      console.log(path, answer.status, answer.headers.get('content-type'), answer.headers.get('x-powered-by'), text);
    }
    child.removeAllListeners('exit');
    child.once('exit', () => process.exit());
    child.kill();
  })();
`;
