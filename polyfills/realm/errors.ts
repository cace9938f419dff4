import { HIDDEN_FRAMES_MAX } from './stack-trace.ts';
import type { ErrorCalls, NodeFacts } from '../context.ts';

const limits = Error as unknown as { stackTraceLimit: unknown };

/**
 * Makes an error whose stack has room for the frames of this layer, which are not shown: the program sees as many of its
 * own as it would in Node (StackTraces.map cuts the rest).
 */
function withRoom<T>(make: () => T): T {
  const limit = limits.stackTraceLimit;
  if (typeof limit !== 'number') return make();
  limits.stackTraceLimit = limit + HIDDEN_FRAMES_MAX;
  try {
    return make();
  } finally {
    limits.stackTraceLimit = limit;
  }
}

/** The errors that Node's C++ throws: uv.cc's UVException and the THROW_ERR_* of node_errors.h. */
export function createErrors(uvErrors: NodeFacts['uvErrors']): ErrorCalls {
  return {
    uvException(errno, syscall, path, dest, because) {
      const [code, known] = uvErrors.get(errno) ?? [`Unknown system error ${errno}`, ''];
      const text = because ?? known;
      let message = text ? `${code}: ${text}, ${syscall}` : `${code}, ${syscall}`;
      if (path !== undefined) message += ` '${path}'`;
      if (dest !== undefined) message += ` -> '${dest}'`;
      const error = withRoom(() => new Error(message)) as Error & Record<string, unknown>;
      error['errno'] = errno;
      error['code'] = code;
      error['syscall'] = syscall;
      if (path !== undefined) error['path'] = path;
      if (dest !== undefined) error['dest'] = dest;
      return error;
    },
    coded(constructor, code, message) {
      const error = withRoom(() => new constructor(message)) as Error & { code: string };
      error.code = code;
      return error;
    },
  };
}
