import type { NodeContext } from '../context.ts';
import { createCompilerTools, type CompilerTools } from './compile.ts';
import { createFileStore } from './transform_store.ts';
import { TransformCache } from './transform_cache.ts';

const byContext = new WeakMap<NodeContext, CompilerTools>();

/** The compiler of a process, shared by the bindings that compile code. */
export function compilerTools(context: NodeContext): CompilerTools {
  let tools = byContext.get(context);
  if (tools === undefined) {
    tools = createCompilerTools(context, new TransformCache(createFileStore(context.system.files)));
    byContext.set(context, tools);
  }
  return tools;
}
