import type { NodeContext } from '../context.ts';
import type { ThreadRole } from './realm.ts';
import { BINDINGS } from '../bindings/registry.ts';
import { setTimeZone } from '../time/zoned-date.ts';
import { createEnvironment } from './environment.ts';

/** Libraries that this process does not have are not claimed: programs ask `process.versions.openssl` for crypto. */
function versionsOf({ facts }: NodeContext): object {
  const versions: Record<string, string> = { ...facts.versions };
  if (!('crypto' in BINDINGS)) {
    delete versions['openssl'];
    delete versions['ncrypto'];
  }
  for (const name of Object.keys(versions)) fixed(versions, name, versions[name]);
  return versions;
}

const fixed = (target: object, key: string, value: unknown) =>
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: false });

/** As a FunctionTemplate's: called without `new` it does nothing to its receiver. */
const CONSTRUCTOR = {
  process: function (this: object) {
    return this;
  },
}.process;

/** node_process_object.cc's CreateProcessObject: what is there before the library's own bootstrap. */
export function createProcessObject(
  context: NodeContext,
  exitInfo: symbol,
  role: ThreadRole,
): Record<PropertyKey, unknown> {
  const { facts, options, errors, intrinsics } = context;
  // The constructor's name shows in `process.constructor.name`; its prototype gets EventEmitter's as parent.
  const object = Reflect.construct(CONSTRUCTOR, []) as Record<PropertyKey, unknown>;
  object[exitInfo] = new Int32Array(3);
  fixed(object, 'version', facts.version);
  fixed(object, 'versions', versionsOf(context));
  fixed(object, 'arch', 'x64');
  fixed(object, 'platform', 'linux');
  fixed(object, 'release', { ...facts.release });
  object['_rawDebug'] = undefined; // keeps Node's order of keys; the bootstrap sets it
  const warn = () => {
    if (!options.cli['--pending-deprecation']) return;
    (object['emitWarning'] as (text: string, type: string, code: string) => void)(
      'Assigning any value other than a string, number, or boolean to a process.env property is deprecated. ' +
        'Please make sure to convert the value to a string before setting process.env with it.',
      'DeprecationWarning',
      'DEP0104',
    );
  };
  // As in Node, a thread that sets TZ changes its variable only.
  const onTimeZone = role === 'main' ? setTimeZone : () => {};
  const env = createEnvironment(intrinsics.Proxy, options.variables, errors, warn, onTimeZone);
  Object.defineProperty(object, 'env', { value: env, enumerable: true, configurable: true, writable: true });
  return object;
}

/** PatchProcessObject: run again when a program starts, with its own arguments. */
export function patchProcessObject(target: object, context: NodeContext): void {
  const { system, options } = context;
  const plain = (key: string, value: unknown) =>
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  Object.defineProperty(target, 'title', {
    enumerable: true,
    configurable: true,
    get: () => options.title,
    set(value: unknown) {
      options.title = `${value as string}`;
      system.process.setTitle(options.title);
    },
  });
  setTimeZone(options.env['TZ']);
  plain('argv', [...options.argv]);
  plain('execArgv', [...options.execArgv]);
  fixed(target, 'versions', versionsOf(context));
  fixed(target, 'pid', system.process.pid);
  // It changes when the parent ends.
  Object.defineProperty(target, 'ppid', {
    enumerable: true,
    configurable: true,
    get: () => system.process.ppid,
  });
  plain('execPath', options.execPath);
  plain('debugPort', 9229);
}
