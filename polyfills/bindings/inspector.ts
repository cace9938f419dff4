import type { BindingFactory, NodeContext } from '../context.ts';
import { nativeClass } from '../native-class.ts';

const METHOD_NOT_FOUND = -32601;
const ABSENT = 'a browser gives a program no debugger of itself';

/** Those of V8's console. */
const CONSOLE_METHODS = [
  'debug', 'error', 'info', 'log', 'warn', 'dir', 'dirxml', 'table', 'trace', 'group', 'groupCollapsed', 'groupEnd', 'clear',
  'count', 'countReset', 'assert', 'profile', 'profileEnd', 'time', 'timeLog', 'timeEnd', 'timeStamp', 'context',
]; // prettier-ignore

interface Request {
  id: number;
  method: string;
}

/**
 * `internalBinding('inspector')` (src/inspector_js_api.cc) where the engine's inspector cannot be reached: nothing is ever
 * attached, sessions connect and are answered that their methods are not there, and what would open the debugger fails with
 * a coded error. Programs that only ask whether they are debugged (`inspector.url()`) run.
 */
export const createInspector: BindingFactory = (context) => ({
  isEnabled: () => false,
  url: () => undefined,
  /** False: there is none to wait for, of which the library makes ERR_INSPECTOR_NOT_ACTIVE. */
  waitForDebugger: () => false,
  open() {
    throw context.errors.coded(
      Error,
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
      `inspector.open is not available in this container: ${ABSENT}. Use the browser's own tools.`,
    );
  },
  Connection: connectionClass(context, 'Connection'),
  MainThreadConnection: connectionClass(context, 'MainThreadConnection'),
  console: quietConsole(),
  // What the library tells those that are attached, of which there are none.
  emitProtocolEvent() {},
  putNetworkResource() {},
  registerAsyncHook() {},
  setupNetworkTracking() {},
  setConsoleExtensionInstaller() {},
});

/** `internalBinding('profiler')`: V8's coverage, which nothing has started. */
export const createProfiler: BindingFactory = () => ({
  takeCoverage() {},
  stopCoverage() {},
});

/** inspector.console: its methods write to the attached inspectors alone. */
function quietConsole(): object {
  return Object.fromEntries(CONSOLE_METHODS.map((name) => [name, { [name]() {} }[name]]));
}

function connectionClass(
  { errors }: NodeContext,
  name: string,
): new (tell: (message: string) => void) => object {
  class Connection {
    #tell: ((message: string) => void) | undefined;

    constructor(tell: (message: string) => void) {
      this.#tell = tell;
    }

    /** The protocol's own answer to a method that an inspector does not have. */
    dispatch(message: string): void {
      const { id, method } = JSON.parse(message) as Request;
      const error = { code: METHOD_NOT_FOUND, message: `'${method}' wasn't found: ${ABSENT}` };
      this.#tell?.(JSON.stringify({ error, id }));
    }

    disconnect(): void {
      this.#tell = undefined;
    }
  }
  return nativeClass(Connection, name, () =>
    errors.coded(
      TypeError,
      'ERR_CONSTRUCT_CALL_REQUIRED',
      `Class constructor ${name} cannot be invoked without \`new\``,
    ),
  );
}
