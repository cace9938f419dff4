/** A day's use, shortened by rate: processes, cuts, clients that come and go. OAC_SOAK: minutes, else a few rounds. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { spawnRemote } from '../../src/remote/process.ts';
import { CuttableNetwork, poll, run, Runtime, shell } from './harness.ts';

const MINUTES = Number(process.env['OAC_SOAK'] ?? 0);
/** After so many, the output of as many ended processes is kept as may be (EXITED_KEPT_MAX). */
const WARM_UP_ROUNDS = 27;
const ROUNDS = 20;
const AT_ONCE = 8;
/** What each prints, always as long: were it kept beyond that, it would show. */
const textOf = (round: number, index: number): string =>
  `${String(round).padStart(5, '0')} ${index} `.repeat(50_000);
/** What an idle Node may have grown by before its collector looks: far less than all that was printed. */
const GROWTH_BYTES = 64 * 2 ** 20;
const GROWTH_SHARE = 1 / 3;

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

it(
  'stays as large as it was, with nothing left open',
  async () => {
    await using runtime = await Runtime.start();
    await using network = await CuttableNetwork.open(runtime.port);
    const pid = runtime.child.pid ?? 0;
    const descriptors = (): number => readdirSync(`/proc/${pid}/fd`).length;

    const idle = residentBytes(pid);
    const round = async (number: number): Promise<void> => {
      const client = await runtime.connect(network.url);
      const ended = Array.from({ length: AT_ONCE }, (_, index) =>
        run(client, { processType: 'shell', command: 'cat', options: { tty: false } }, textOf(number, index)),
      );
      const terminal = await spawnRemote(client, { processType: 'shell' }, () => undefined);
      if (number % 3 === 0) network.cut();
      for (const [index, { stdout, exit }] of (await Promise.all(ended)).entries()) {
        expect(stdout).toBe(textOf(number, index));
        expect(exit.code).toBe(0);
      }
      expect((await shell(client, 'echo done')).stdout).toBe('done\n');
      await terminal.kill('SIGKILL');
      await terminal.exit;
      client.close();
    };
    const settled = (): Promise<true> =>
      poll('rest', async () => ((await runtime.health()).processes.active === 0 ? true : undefined));

    for (let number = 0; number < WARM_UP_ROUNDS; number++) await round(number);
    await settled();
    const before = { descriptors: descriptors(), resident: residentBytes(pid) };
    const end = Date.now() + MINUTES * 60_000;
    let rounds = 0;
    while (rounds < ROUNDS || Date.now() < end) await round(++rounds);
    await settled();
    await poll('descriptors', () => (descriptors() <= before.descriptors + 1 ? true : undefined));
    const growth = residentBytes(pid) - before.resident;
    const [first, more] = [idle, growth].map((bytes) => Math.round(bytes / 2 ** 20));
    console.log(`idle ${first} MB; ${rounds * (AT_ONCE + 2)} processes later ${more} MB more`);
    const printed = rounds * AT_ONCE * textOf(0, 0).length;
    expect(growth).toBeLessThan(Math.max(GROWTH_BYTES, printed * GROWTH_SHARE));
  },
  (MINUTES + 5) * 60_000,
);
