/** `node --run name`: a script of package.json, in a shell (src/node_task_runner.cc). */
import type { System } from '../../../polyfills/system.ts';

const SHELL = '/bin/sh';
const STDERR = 2;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

export interface ScriptRequest {
  name: string;
  /** What stood after `--`. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

interface Package {
  path: string;
  folder: string;
  contents: string;
  /** Folders of commands on the way up, for PATH. */
  commands: string;
}

/** → the exit code, when the script has ended; what is wrong stands on stderr. */
export function runScript(request: ScriptRequest, system: System): number {
  const cwd = system.files.cwd();
  const folder = typeof cwd === 'number' ? '/' : cwd;
  const found = findPackage(folder, system);
  if (found === undefined) return fail(system, `Can't find package.json for directory ${folder}\n`);
  const command = commandOf(found, request.name);
  if ('error' in command) return fail(system, command.error);
  const words = [command.text, ...request.args.map(quote)];
  return runCommand(words.join(' '), found, request, system);
}

function fail({ files }: System, text: string): number {
  files.write(STDERR, encoder.encode(text), null);
  return 1;
}

function findPackage(cwd: string, { files }: System): Package | undefined {
  let found: Package | undefined;
  let commands = '';
  for (let folder = cwd; folder !== '/' && folder !== ''; folder = folder.slice(0, folder.lastIndexOf('/'))) {
    const bin = `${folder}/node_modules/.bin`;
    if (files.kind(bin) === 1) commands += `${bin}:`;
    if (found !== undefined) continue;
    const path = `${folder}/package.json`;
    const contents = files.readFile(path);
    if (typeof contents !== 'number' && contents.length > 0) {
      found = { path, folder, contents: decoder.decode(contents), commands };
    }
  }
  return found && { ...found, commands };
}

function commandOf({ path, contents }: Package, name: string): { text: string } | { error: string } {
  let manifest: unknown;
  try {
    manifest = JSON.parse(contents);
  } catch {
    return { error: `Can't parse ${path}\n` };
  }
  if (!isObject(manifest)) return { error: `Root value unexpected not an object for ${path}\n\n` };
  const { scripts } = manifest;
  if (!isObject(scripts)) return { error: `Can't find "scripts" field in ${path}\n` };
  const command = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
  if (typeof command === 'string') return { text: command };
  if (command !== undefined) {
    return { error: `Script "${name}" is unexpectedly not a string for ${path}\n\n` };
  }
  const others = Object.entries(scripts).filter(([, value]) => typeof value === 'string');
  const list = others.map(([script, value]) => `  ${script}: ${value as string}\n`).join('');
  return { error: `Missing script: "${name}" for ${path}\n\nAvailable scripts are:\n${list}` };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** EscapeShell of the task runner. */
function quote(word: string): string {
  if (word === '') return "''";
  if (!/[\t\n\r "#$&'()*;<>%?\\`|~]/.test(word)) return word;
  const quoted = `'${word.replaceAll("'", `'"'"'`)}'`;
  return quoted.replace(/^(?:'')+(?!$)/, '').replaceAll("\\'''", "\\'");
}

function runCommand(text: string, found: Package, { name, env }: ScriptRequest, system: System): number {
  const variables = {
    ...env,
    ...(env['PATH'] === undefined ? {} : { PATH: `${found.commands}${env['PATH']}` }),
    NODE_RUN_SCRIPT_NAME: name,
    NODE_RUN_PACKAGE_JSON_PATH: found.path,
  };
  const pid = system.process.spawn(
    {
      file: SHELL,
      args: [SHELL, '-c', text],
      env: Object.entries(variables).map(([key, value]) => `${key}=${value}`),
      cwd: found.folder,
      stdio: [0, 1, 2].map((fd) => ({ kind: 'fd', fd })),
      detached: false,
      processGroup: undefined,
    },
    new Map(),
    () => {},
  );
  if (pid < 0) return fail(system, `Error: the shell ${SHELL} cannot be started (${pid})\n`);
  const status = system.process.waitSync(pid, null);
  return typeof status !== 'number' && status.signal === 0 && status.code === 0 ? 0 : 1;
}
