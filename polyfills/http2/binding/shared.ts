/** What the handles of `internalBinding('http2')` share: the arrays that the library reads and writes, and its callbacks. */
import type { NodeContext } from '../../context.ts';
import { SettingId } from '../constants.ts';
import type { Setting, Settings } from '../settings.ts';

/** Order of the library's callbacks (setCallbackFunctions). */
export const Callback = {
  error: 0,
  priority: 1,
  settings: 2,
  ping: 3,
  headers: 4,
  frameError: 5,
  goawayData: 6,
  altsvc: 7,
  origin: 8,
  streamTrailers: 9,
  streamClose: 10,
} as const;
export type CallbackName = keyof typeof Callback;

/** Places of the settings array (node_http2_state.h), and the setting that each is. */
const SETTING_ORDER = [
  SettingId.headerTableSize,
  SettingId.enablePush,
  SettingId.initialWindowSize,
  SettingId.maxFrameSize,
  SettingId.maxConcurrentStreams,
  SettingId.maxHeaderListSize,
  SettingId.enableConnectProtocol,
] as const;
const FLAGS_AT = SETTING_ORDER.length;
const CUSTOM_COUNT_AT = FLAGS_AT + 1;
const CUSTOM_AT = CUSTOM_COUNT_AT + 1;
const CUSTOM_MAX = 10;
/** Node's defaults, in the same order. */
const DEFAULTS = [4096, 1, 65_535, 16_384, 0xffff_ffff, 65_535, 0] as const;

export class SettingsBuffer {
  readonly view: Uint32Array;
  constructor(view: Uint32Array) {
    this.view = view;
  }
  /** What the library wants to send. */
  read(): Setting[] {
    const { view } = this;
    const flags = view[FLAGS_AT] ?? 0;
    const settings: Setting[] = [];
    SETTING_ORDER.forEach((id, at) => {
      if ((flags & (1 << at)) !== 0) settings.push({ id, value: view[at] ?? 0 });
    });
    // In the order of their numbers, the others after them.
    settings.sort((first, second) => first.id - second.id);
    settings.push(...this.readCustom());
    return settings;
  }
  /** Settings that HTTP/2 does not know. */
  readCustom(): Setting[] {
    const { view } = this;
    const count = Math.min(view[CUSTOM_COUNT_AT] ?? 0, CUSTOM_MAX);
    return Array.from({ length: count }, (_, i) => ({
      id: view[CUSTOM_AT + i * 2] ?? 0,
      value: view[CUSTOM_AT + i * 2 + 1] ?? 0,
    }));
  }
  writeDefaults(): void {
    this.view.set(DEFAULTS);
    this.view[FLAGS_AT] = (1 << SETTING_ORDER.length) - 1;
    this.view[CUSTOM_COUNT_AT] = 0;
  }
  write(settings: Settings, custom: ReadonlyMap<number, number>): void {
    const { view } = this;
    SETTING_ORDER.forEach((id, at) => (view[at] = settings.get(id)));
    let count = 0;
    for (const [id, value] of custom) {
      view[CUSTOM_AT + count * 2] = id;
      view[CUSTOM_AT + count * 2 + 1] = value;
      count++;
    }
    view[CUSTOM_COUNT_AT] = count;
  }
}

export interface Shared {
  readonly context: NodeContext;
  readonly sessionState: Float64Array;
  readonly streamState: Float64Array;
  readonly optionsBuffer: Uint32Array;
  readonly settings: SettingsBuffer;
  callbacks: readonly unknown[];
  /** Calls back into the library. What it throws is nobody's to catch, as in C++. */
  call(wrap: object, callback: unknown, ...parameters: unknown[]): unknown;
  /** The handle's asynchronous resource is over. */
  destroy(wrap: object): void;
  /** In the next check phase (env->SetImmediate). */
  later(callback: () => void): void;
  /** Milliseconds. */
  now(): number;
}

export function createShared(context: NodeContext, exports: Record<string, unknown>): Shared {
  const { async: asyncCalls, loop, realm, system } = context;
  return {
    context,
    sessionState: exports['sessionState'] as Float64Array,
    streamState: exports['streamState'] as Float64Array,
    optionsBuffer: exports['optionsBuffer'] as Uint32Array,
    settings: new SettingsBuffer(exports['settingsBuffer'] as Uint32Array),
    callbacks: [],
    call(wrap, callback, ...parameters) {
      if (realm.exiting) return undefined;
      try {
        return asyncCalls.makeCallback(wrap, callback, ...parameters);
      } catch (error) {
        realm.triggerUncaught(error, false);
        return undefined;
      }
    },
    destroy: (wrap) => asyncCalls.destroy(wrap),
    later: (callback) => loop.setImmediate(callback),
    now: () => system.clock.now(),
  };
}
