import type { ErrorCalls, NodeFacts } from '../context.ts';

/** The errors that Node's C++ throws: uv.cc's UVException and the THROW_ERR_* of node_errors.h. */
export function createErrors(uvErrors: NodeFacts['uvErrors']): ErrorCalls {
  return {
    uvException(errno, syscall, path, dest) {
      const [code, text] = uvErrors.get(errno) ?? [`Unknown system error ${errno}`, ''];
      let message = text ? `${code}: ${text}, ${syscall}` : `${code}, ${syscall}`;
      if (path !== undefined) message += ` '${path}'`;
      if (dest !== undefined) message += ` -> '${dest}'`;
      const error = new Error(message) as Error & Record<string, unknown>;
      error['errno'] = errno;
      error['code'] = code;
      error['syscall'] = syscall;
      if (path !== undefined) error['path'] = path;
      if (dest !== undefined) error['dest'] = dest;
      return error;
    },
    coded(constructor, code, message) {
      const error = new constructor(message) as Error & { code: string };
      error.code = code;
      return error;
    },
  };
}
