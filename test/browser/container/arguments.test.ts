/** What the API says to arguments that it cannot take, and to calls after the end. */
import { expect, test } from 'vitest';
import type { OpenAgentsContainer } from '../../../container-api/index.ts';
import { usePage } from '../harness.ts';

const { run } = usePage();

/** As calls of a page that has no types: of a container `c`, its class `C` and a process `p`. */
const BOOTS = [
  'C.boot(null)',
  'C.boot({ foo: 1 })',
  'C.boot({ persist: 5 })',
  'C.boot({ storeBusy: "no" })',
  'C.boot({ snapshot: "text" })',
  'C.boot({ workdirName: "a/b" })',
  'C.boot({ coep: "x" })',
  'C.boot({ capabilities: "sandboxed" })',
  'C.boot({ capabilities: { network: { fetch: "example.org" } } })',
  'C.boot({ capabilities: { network: { listens: false } } })',
  'C.boot({ capabilities: { process: { spawn: "node" } } })',
  'C.boot({ registry: "no address" })',
  'C.boot({ previewHost: "https://example.org/" })',
  'C.boot({ remote: {} })',
  'C.boot({ limits: { wallms: 5 } })',
  'C.boot({ limits: { processes: 0 } })',
  'C.boot({ limits: { storage: -1 } })',
  'C.boot({ limits: { cpuMs: "5" } })',
  'C.boot({ assets: 5 })',
];
const CALLS = [
  'c.spawn()',
  'c.spawn("")',
  'c.spawn("echo", "a")',
  'c.spawn("echo", [5])',
  'c.spawn("echo", ["a\\0b"])',
  'c.spawn("echo", [], { foo: 1 })',
  'c.spawn("echo", [], { cwd: 5 })',
  'c.spawn("echo", [], { env: { "A=B": "x" } })',
  'c.spawn("echo", [], { env: { A: Symbol("x") } })',
  'c.spawn("echo", [], { terminal: { cols: 0, rows: 1 } })',
  'c.spawn("echo", [], { encoding: "latin1" })',
  'c.spawn("echo", [], { signal: {} })',
  'c.spawn("echo", [], { limits: { storage: 1 } })',
  'c.exec()',
  'c.exec(["ls"])',
  'c.exec("ls", { input: 5 })',
  'c.exec("ls", { timeoutMs: -1 })',
  'c.exec("ls", { timeout: 5 })',
  'c.mount()',
  'c.mount({ a: 5 })',
  'c.mount({ a: { directory: {}, file: { contents: "" } } })',
  'c.mount(new Response(""))',
  'c.mount({}, { mountpoint: "/a" })',
  'c.unmount(5)',
  'c.export()',
  'c.export(".", { excludes: "x" })',
  'c.snapshot({ onProgress: 5 })',
  'c.on("server_ready", () => 0)',
  'c.on("port")',
  'c.connect("80")',
  'c.connect(70000)',
  'c.setPreviewScript(5)',
  'c.setPreviewScript("x", { type: "classic" })',
  'c.openTerminal({})',
  'c.remote.connect({ url: 5 })',
  'c.remote.setOffload("x")',
  'c.remote.attach("x")',
  'c.remote.on("x", () => 0)',
  'c.actions.handle({ edit: 5 })',
  'C.stores().delete()',
  'C.stores().rename("a", "")',
  'p.kill(null)',
  'p.resize({ cols: "a", rows: 1 })',
  'p.input.getWriter().write(5)',
  'c.fs.readFile()',
  'c.fs.readFile("")',
  'c.fs.readFile("a", "latin2")',
  'c.fs.writeFile("a", 5)',
  'c.fs.writeFile("a", new Blob([]))',
  'c.fs.writeFile("a", "b", { flag: "toString" })',
  'c.fs.writeFile("a", "b", { mode: "x" })',
  'c.fs.appendFile("a", {})',
  'c.fs.readdir(".", { withFiletypes: true })',
  'c.fs.mkdir("a", { mode: -1 })',
  'c.fs.rm("a", { recursiv: true })',
  'c.fs.cp("a", "b", { force: false })',
  'c.fs.rename("a")',
  'c.fs.chmod("a")',
  'c.fs.utimes("a", NaN, 1)',
  'c.fs.truncate("a", 1.5)',
  'c.fs.access("a", 9)',
  'c.fs.createWriteStream("a", { flags: "r" })',
  'c.fs.watch("a", {}, 5)',
];

/** Runs in the page. → the answer of each call: the error's code and message, or 'taken'. */
const answersOf = async (
  { OpenAgentsContainer: Container }: { OpenAgentsContainer: typeof OpenAgentsContainer },
  [calls, isClosed]: [string[], boolean],
): Promise<Record<string, string>> => {
  const container = await Container.boot();
  const process = await container.spawn('cat');
  if (isClosed) await container.teardown();
  const answers: Record<string, string> = {};
  for (const call of calls) {
    try {
      await (new Function('C', 'c', 'p', `return ${call}`) as (...given: unknown[]) => unknown)(
        Container,
        container,
        process,
      );
      answers[call] = 'taken';
    } catch (error) {
      const { code, message } = error as { code?: unknown; message: string };
      answers[call] = `${String(code)} ${message}`;
    }
  }
  await container.teardown();
  return answers;
};

test('each call refuses what it cannot take, by a code and a sentence that names it', async () => {
  const answers = await run(answersOf, [[...BOOTS, ...CALLS], false]);
  expect(
    Object.entries(answers).filter(
      ([, answer]) => !/^ERR_INVALID_ARG_VALUE .*(must (not )?be|there is no option)/.test(answer),
    ),
  ).toEqual([]);
  expect(answers).toMatchObject({
    'C.boot({ limits: { wallms: 5 } })': "ERR_INVALID_ARG_VALUE boot: there is no option 'limits.wallms'.",
    'c.spawn("echo", [5])': 'ERR_INVALID_ARG_VALUE spawn: 0 must be a string without NUL bytes, not 5.',
    'c.connect("80")': 'ERR_INVALID_ARG_VALUE connect: must be a whole number from 1 to 65535, not "80".',
  });
});

test('after its end a container refuses every call, and ends again without one', async () => {
  const calls = [
    'c.spawn("ls")',
    'c.exec("ls")',
    'c.exec("")',
    'c.mount({})',
    'c.unmount("/a")',
    'c.export(".")',
    'c.snapshot()',
    'c.on("port", () => 0)',
    'c.connect(80)',
    'c.ports()',
    'c.processes()',
    'c.setPreviewScript("")',
    'c.openTerminal({})',
    'c.remote.status()',
    'c.fs.readFile("a")',
    'c.fs.cp("a", "b")',
    'c.fs.createReadStream("a").getReader().read()',
    'c.fs.watch("a").ready',
  ];
  const answers = await run(answersOf, [calls, true]);
  expect(Object.entries(answers).filter(([, answer]) => !answer.startsWith('ERR_CONTAINER_CLOSED '))).toEqual(
    [],
  );
  expect(
    await run(answersOf, [['c.teardown()', 'p.kill()', 'p.exit', 'p.input.getWriter().write("a")'], true]),
  ).toEqual({
    'c.teardown()': 'taken',
    'p.kill()': 'taken',
    'p.exit': 'taken',
    'p.input.getWriter().write("a")': 'taken',
  });
});

test('lists folders below, and names in any encoding', async () => {
  const result = await run(async ({ OpenAgentsContainer: Container }) => {
    const container = await Container.boot();
    await container.exec('mkdir -p a/b c; touch a/b/1 a/2 é; ln -s a link');
    const { fs } = container;
    const entries = await fs.readdir('.', { recursive: true, withFileTypes: true });
    const listed = {
      paths: (await fs.readdir('.', { recursive: true })).sort(),
      folders: entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name),
      deep: entries.filter((entry) => entry.name === '1').map((entry) => entry.parentPath),
      hex: (await fs.readdir('.', 'hex')).sort(),
      target: await fs.readlink('link', { encoding: 'base64' }),
      missing: await fs.watch('/nowhere', () => 0).ready.catch((error: unknown) => String(error)),
    };
    await container.teardown();
    return listed;
  });
  expect(result).toMatchObject({
    paths: ['a', 'a/2', 'a/b', 'a/b/1', 'c', 'link', 'é'],
    folders: ['a', 'c', 'b'],
    deep: ['./a/b'],
    hex: ['61', '63', '6c696e6b', 'c3a9'],
    target: 'YQ==',
    missing: "Error: ENOENT: no such file or directory, watch '/nowhere'",
  });
});
