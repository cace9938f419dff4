/** The settings of one side (RFC 9113, section 6.5). */
import {
  DEFAULT_HEADER_TABLE_BYTES,
  DEFAULT_WINDOW_SIZE,
  MAX_MAX_FRAME_SIZE,
  MAX_WINDOW_SIZE,
  MIN_MAX_FRAME_SIZE,
  SETTING_BYTES,
  SettingId,
} from './constants.ts';
import { ByteWriter, readUint16, readUint32 } from './bytes.ts';

export interface Setting {
  readonly id: number;
  readonly value: number;
}
const UNLIMITED = 0xffff_ffff;

export class Settings {
  headerTableSize = DEFAULT_HEADER_TABLE_BYTES;
  enablePush = 1;
  maxConcurrentStreams = UNLIMITED;
  initialWindowSize = DEFAULT_WINDOW_SIZE;
  maxFrameSize = MIN_MAX_FRAME_SIZE;
  maxHeaderListSize = UNLIMITED;
  enableConnectProtocol = 0;

  get(id: number): number {
    switch (id) {
      case SettingId.headerTableSize:
        return this.headerTableSize;
      case SettingId.enablePush:
        return this.enablePush;
      case SettingId.maxConcurrentStreams:
        return this.maxConcurrentStreams;
      case SettingId.initialWindowSize:
        return this.initialWindowSize;
      case SettingId.maxFrameSize:
        return this.maxFrameSize;
      case SettingId.maxHeaderListSize:
        return this.maxHeaderListSize;
      case SettingId.enableConnectProtocol:
        return this.enableConnectProtocol;
      default:
        return 0;
    }
  }
}

/** Values that no side may send. */
export function areSettingsRight(settings: readonly Setting[]): boolean {
  return settings.every(({ id, value }) => {
    switch (id) {
      case SettingId.enablePush:
      case SettingId.enableConnectProtocol:
      case SettingId.noRfc7540Priorities:
        return value === 0 || value === 1;
      case SettingId.initialWindowSize:
        return value <= MAX_WINDOW_SIZE;
      case SettingId.maxFrameSize:
        return value >= MIN_MAX_FRAME_SIZE && value <= MAX_MAX_FRAME_SIZE;
      default:
        return true;
    }
  });
}

export function packSettings(settings: readonly Setting[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(settings.length * SETTING_BYTES);
  for (const { id, value } of settings) writer.uint16(id).uint32(value);
  return writer.bytes;
}

/** `payload` has whole entries. */
export function unpackSettings(payload: Uint8Array): Setting[] {
  const settings: Setting[] = [];
  for (let at = 0; at + SETTING_BYTES <= payload.length; at += SETTING_BYTES) {
    settings.push({ id: readUint16(payload, at), value: readUint32(payload, at + 2) });
  }
  return settings;
}
