/** SETTINGS of the peer, and its answers to this side's (RFC 9113, section 6.5). */
import type { Connection } from './connection.ts';
import { ErrorCode, Flag, LibError, MAX_WINDOW_SIZE, SettingId } from './constants.ts';
import { Continue, type FrameBase } from './events.ts';
import { areSettingsRight, type Setting, unpackSettings } from './settings.ts';

const UNLIMITED = 0xffff_ffff;

/** As nghttp2 names them to its peer, its slip of the pen included. */
const SETTING_NAMES: Readonly<Record<number, string>> = {
  [SettingId.enablePush]: 'SETTINGS_ENBLE_PUSH',
  [SettingId.maxFrameSize]: 'SETTINGS_MAX_FRAME_SIZE',
  [SettingId.enableConnectProtocol]: 'SETTINGS_ENABLE_CONNECT_PROTOCOL',
  [SettingId.noRfc7540Priorities]: 'SETTINGS_NO_RFC7540_PRIORITIES',
};

export class IncomingSettings {
  readonly #connection: Connection;
  #received = false;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  onFrame(frame: FrameBase, payload: Uint8Array): number {
    const connection = this.#connection;
    const { flags, streamId, length } = frame;
    if (streamId !== 0) return this.#fail('SETTINGS: stream_id != 0');
    if ((flags & Flag.ack) !== 0) return this.#onAck(frame);
    if (!this.#received) {
      this.#received = true;
      // The limit that was assumed before any was told.
      connection.remote.maxConcurrentStreams = UNLIMITED;
    }
    const settings = unpackSettings(payload);
    for (const setting of settings) {
      const verdict = this.#apply(setting);
      if (verdict !== Continue.yes || connection.terminating) return verdict;
    }
    if (!connection.isClosing) {
      if (!connection.addAnswer({ kind: 'settings', ack: true, settings: [] })) return LibError.flooded;
    }
    return connection.events.frameReceived({ kind: 'settings', flags, streamId, length, settings });
  }

  #fail(reason: string, libError: number = LibError.protocol): Continue {
    return this.#connection.failConnection(0, libError, reason);
  }

  #apply(setting: Setting): Continue {
    const { remote, isServer, encoder } = this.#connection;
    const { id, value } = setting;
    if (!areSettingsRight([setting])) {
      if (id === SettingId.initialWindowSize)
        return this.#fail('SETTINGS: too large SETTINGS_INITIAL_WINDOW_SIZE', LibError.flowControl);
      return this.#fail(`SETTINGS: invalid ${SETTING_NAMES[id] ?? 'value'}`);
    }
    switch (id) {
      case SettingId.headerTableSize:
        encoder.allowTable(value);
        remote.headerTableSize = value;
        break;
      case SettingId.enablePush:
        if (!isServer && value !== 0) return this.#fail('SETTINGS: server attempted to enable push');
        remote.enablePush = value;
        break;
      case SettingId.maxConcurrentStreams:
        remote.maxConcurrentStreams = value;
        break;
      case SettingId.initialWindowSize:
        return this.#setInitialWindow(value);
      case SettingId.maxFrameSize:
        remote.maxFrameSize = value;
        break;
      case SettingId.maxHeaderListSize:
        remote.maxHeaderListSize = value;
        break;
      case SettingId.enableConnectProtocol:
        if (!isServer && remote.enableConnectProtocol === 1 && value === 0)
          return this.#fail('SETTINGS: server attempted to disable SETTINGS_ENABLE_CONNECT_PROTOCOL');
        remote.enableConnectProtocol = value;
        break;
    }
    return Continue.yes;
  }

  /** What is left of each stream's window changes with it (section 6.9.2). */
  #setInitialWindow(value: number): Continue {
    const connection = this.#connection;
    const change = value - connection.remote.initialWindowSize;
    connection.remote.initialWindowSize = value;
    for (const stream of connection.streams.values()) {
      stream.sendWindow.left += change;
      if (stream.sendWindow.left > MAX_WINDOW_SIZE) return this.#fail('', LibError.flowControl);
      if (stream.sendWindow.left > 0) connection.resume(stream, 'window');
    }
    return Continue.yes;
  }

  #onAck({ flags, streamId, length }: FrameBase): Continue {
    const connection = this.#connection;
    const settings = connection.unacknowledged.shift();
    if (settings === undefined) return this.#fail('SETTINGS: unexpected ACK');
    const { local, decoder } = connection;
    for (const { id, value } of settings) {
      switch (id) {
        case SettingId.headerTableSize:
          local.headerTableSize = value;
          break;
        case SettingId.enablePush:
          local.enablePush = value;
          break;
        case SettingId.maxConcurrentStreams:
          local.maxConcurrentStreams = value;
          break;
        case SettingId.initialWindowSize:
          if (!this.#shiftWindows(value - local.initialWindowSize)) return Continue.yes;
          local.initialWindowSize = value;
          break;
        case SettingId.maxFrameSize:
          local.maxFrameSize = value;
          break;
        case SettingId.maxHeaderListSize:
          local.maxHeaderListSize = value;
          break;
        case SettingId.enableConnectProtocol:
          local.enableConnectProtocol = value;
          break;
      }
    }
    if (settings.some(({ id }) => id === SettingId.headerTableSize)) {
      decoder.allowTable(local.headerTableSize);
    }
    return connection.events.frameReceived({ kind: 'settings', flags, streamId, length, settings: [] });
  }

  #shiftWindows(change: number): boolean {
    const connection = this.#connection;
    for (const stream of connection.streams.values()) {
      if (!stream.receiveWindow.shift(change)) {
        connection.terminate(ErrorCode.flowControl);
        return false;
      }
      connection.addWindowUpdate(stream.id, stream.receiveWindow, stream.receiveWindow.takeUpdate());
    }
    return true;
  }
}
