/**
 * Tries a runtime from outside, in the simple form of the protocol: starts a program, prints what it prints.
 *   MHNOS_TOKEN=… node test-client.js [ws://localhost:18790] [node script.js …]
 */
import { WebSocket } from 'ws';

const [url = 'ws://localhost:18790', processType = 'node', command = '-p', ...args] = process.argv.slice(2);
const token = process.env['MHNOS_TOKEN'];
if (token === undefined) {
  console.error('Set MHNOS_TOKEN to the token that the runtime printed at its start.');
  process.exit(2);
}
const program = process.argv.length > 3 ? args : ['"Hello from external runtime! " + process.version'];
const socket = new WebSocket(url, ['mhnos.json', `mhnos.auth.${token}`]);
socket.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
socket.on('open', () => {
  socket.send(JSON.stringify({ type: 'spawn', id: 'request-1', processType, command, args: program }));
});
socket.on('message', (data) => {
  const message = JSON.parse(data.toString());
  if (message.type === 'spawned') console.error(`[Runtime Process ${message.pid}] Started`);
  else if (message.type === 'stdout') process.stdout.write(message.data);
  else if (message.type === 'stderr') process.stderr.write(message.data);
  else if (message.type === 'error') {
    console.error(`${message.code}: ${message.message}`);
    process.exit(1);
  } else if (message.type === 'exit') {
    socket.close();
    process.exitCode = message.code ?? 1;
  }
});
