/**
 * A name server for tests: 10.0.0.7 for names that end in `inside`, a public address for others, `host.example.org` for
 * addresses, and a long text for all else, which it cuts short by UDP.
 */
import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo } from 'node:net';

export interface TestNameServer {
  readonly port: number;
  close(): void;
}

const TYPE_A = 1;
const TYPE_PTR = 12;
const HOST_NAME = Buffer.from('\u0004host\u0007example\u0003org\0', 'latin1');
const UDP_MAX = 400;

function answerTo(query: Buffer, cut: boolean): Buffer {
  const end = query.indexOf(0, 12) + 1;
  const name = query.subarray(12, end).toString('latin1');
  const type = query.readUInt16BE(end);
  const long = Buffer.concat(
    Array.from({ length: 4 }, () => Buffer.concat([Buffer.of(255), Buffer.alloc(255, 'x')])),
  );
  const address = Buffer.from(name.includes('inside') ? [10, 0, 0, 7] : [93, 184, 215, 14]);
  const data = type === TYPE_A ? address : type === TYPE_PTR ? HOST_NAME : long;
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt16BE(data.length, 10);
  const short = cut && data.length > UDP_MAX;
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(short ? 0x8380 : 0x8180, 2);
  head.writeUInt16BE(short ? 0 : 1, 6);
  head.writeUInt16BE(0, 10);
  const question = query.subarray(12, end + 4);
  return Buffer.concat([head, question, ...(short ? [] : [record, data])]);
}

export async function nameServer(): Promise<TestNameServer> {
  const stream = createServer((socket) => {
    socket.on('data', (bytes) => {
      const answer = answerTo(bytes.subarray(2), false);
      const head = Buffer.alloc(2);
      head.writeUInt16BE(answer.length);
      // In two pieces, as a network may.
      socket.write(Buffer.concat([head, answer.subarray(0, 5)]));
      setImmediate(() => socket.write(answer.subarray(5)));
    });
  });
  await new Promise<void>((done) => stream.listen(0, '127.0.0.1', done));
  const { port } = stream.address() as AddressInfo;
  const datagrams = createSocket('udp4');
  datagrams.on('message', (query, from) => {
    datagrams.send(Buffer.from('nonsense'), from.port, from.address);
    datagrams.send(answerTo(query, true), from.port, from.address);
  });
  await new Promise<void>((done) => datagrams.bind(port, '127.0.0.1', done));
  return {
    port,
    close: () => {
      stream.close();
      datagrams.close();
    },
  };
}
