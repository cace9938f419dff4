/** Numbers of sqlite3.h that the binding uses itself. */
export const Result = {
  ok: 0,
  error: 1,
  abort: 4,
  busy: 5,
  full: 13,
  cantOpen: 14,
  notFound: 12,
  constraint: 19,
  row: 100,
  done: 101,
  ioRead: 266,
  ioShortRead: 522,
  ioWrite: 778,
  ioFsync: 1034,
  ioTruncate: 1546,
  ioFstat: 1802,
  ioUnlock: 2058,
  ioDelete: 2570,
  ioLock: 3850,
  ioDeleteNoEntry: 5898,
} as const;

export const Type = { integer: 1, float: 2, text: 3, blob: 4, null: 5 } as const;

export const Open = {
  readOnly: 1,
  readWrite: 2,
  create: 4,
  deleteOnClose: 8,
  exclusive: 16,
  uri: 64,
} as const;

export const DbConfig = { foreignKeys: 1002, defensive: 1010, dqsDml: 1013, dqsDdl: 1014 } as const;

export const TextEncoding = { utf8: 1, deterministic: 0x800, directOnly: 0x80000 } as const;

export const DESERIALIZE_FREE_ON_CLOSE = 1;
export const DESERIALIZE_RESIZEABLE = 2;
export const STATEMENT_REPREPARED = 5;
/** Destructor: SQLite takes a copy. */
export const TRANSIENT = -1;
