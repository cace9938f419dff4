/** OptionType in node_options.h. */
export const Kind = {
  noOp: 0,
  v8: 1,
  boolean: 2,
  integer: 3,
  unsigned: 4,
  string: 5,
  hostPort: 6,
  list: 7,
} as const;
