/** Options that change what programs find, once the library has started and before the program's own code runs. */
import type { NodeContext } from '../context.ts';

const { apply } = Reflect;
const { captureStackTrace } = Error as unknown as { captureStackTrace(target: object, above: unknown): void };

/** InitializeContextRuntime of api/environment.cc. All contexts share these intrinsics. */
export function disableProto(mode: unknown, { errors }: NodeContext): void {
  if (mode === 'delete') Reflect.deleteProperty(Object.prototype, '__proto__');
  if (mode !== 'throw') return;
  const refuse = {
    ''() {
      const message = 'Accessing Object.prototype.__proto__ has been disallowed with --disable-proto=throw';
      throw errors.coded(Error, 'ERR_PROTO_ACCESS', message);
    },
  }[''];
  const accessor = { get: refuse, set: refuse, enumerable: false, configurable: true };
  Object.defineProperty(Object.prototype, '__proto__', accessor);
}

/** Of node_file.cc, those that print their trace where no request is given them (SyncCall). */
const FILE_CALLS = [
  'access', 'open', 'close', 'stat', 'lstat', 'fstat', 'statfs', 'symlink', 'link', 'readlink', 'rename', 'ftruncate',
  'rmdir', 'mkdir', 'mkdtemp', 'realpath', 'readdir', 'writeBuffer', 'writeBuffers', 'writeString', 'read', 'readBuffers',
  'chmod', 'fchmod', 'lchown', 'chown', 'fchown', 'utimes', 'futimes', 'lutimes', 'copyFile', 'fdatasync', 'fsync', 'unlink',
]; // prettier-ignore

type Calls = Record<string, unknown>;
type Call = (...values: unknown[]) => unknown;

/** `--trace-sync-io`, from the loop's first turn on: synchronous calls say where they were made (PrintSyncTrace). */
export function traceSyncCalls({ realm }: NodeContext, say: (text: string) => void): void {
  const trace = (above: Call): void => {
    const place: { stack?: unknown } = {};
    captureStackTrace(place, above);
    const frames = String(place.stack).split('\n').slice(1);
    say(
      `(node:${realm.process['pid'] as number}) WARNING: Detected use of sync API\n${frames.join('\n')}\n\n`,
    );
  };
  const traced = (owner: Calls, name: string, isSynchronous: (values: unknown[]) => boolean): void => {
    const call = owner[name];
    if (typeof call !== 'function') return;
    const wrapper: Call = function (this: unknown, ...values) {
      if (isSynchronous(values)) trace(wrapper);
      return apply(call as Call, this, values);
    };
    owner[name] = wrapper;
  };
  const files: Calls = realm.internalBinding('fs');
  const { FSReqCallback, kUsePromises } = files as { FSReqCallback: new () => object; kUsePromises: symbol };
  const withoutRequest = (values: unknown[]): boolean =>
    !values.some((value) => value === kUsePromises || value instanceof FSReqCallback);
  for (const name of FILE_CALLS) traced(files, name, withoutRequest);
  traced(realm.internalBinding('spawn_sync'), 'spawn', () => true);
  for (const kind of Object.values(realm.internalBinding('zlib'))) {
    const prototype = typeof kind === 'function' ? (kind.prototype as Calls | undefined) : undefined;
    if (prototype !== undefined && 'writeSync' in prototype) traced(prototype, 'writeSync', () => true);
  }
}
