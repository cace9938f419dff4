import type { NodeContext } from '../context.ts';
import { HookField, type AsyncState, type NativeHooks } from '../realm/async-hooks.ts';
import type { PromiseHookCallbacks } from '../realm/promise-hooks.ts';

type PromiseHookParameters = [
  PromiseHookCallbacks['init'],
  PromiseHookCallbacks['before'],
  PromiseHookCallbacks['after'],
  PromiseHookCallbacks['settled'],
];

/** async_wrap.cc over the realm's AsyncState. */
export function createAsyncWrap(context: NodeContext, state: AsyncState): object {
  const { constants } = context.facts.bindings['async_wrap'] ?? {};
  const { promises } = context.async.frame;
  promises.report = (error) => context.realm.triggerUncaught(error, false);
  const destroyed = new FinalizationRegistry<{ id: number; bag: { destroyed?: boolean } | undefined }>(
    ({ id, bag }) => {
      if (!bag?.destroyed) state.queueDestroy(id);
    },
  );
  const binding = {
    ...constants?.(),
    async_hook_fields: state.fields,
    async_id_fields: state.ids,
    async_ids_stack: state.stack as Float64Array,
    execution_async_resources: state.resources,
    setupHooks(hooks: NativeHooks) {
      state.hooks = hooks;
    },
    setCallbackTrampoline(trampoline: unknown) {
      state.trampoline =
        typeof trampoline === 'function' ? (trampoline as AsyncState['trampoline']) : undefined;
    },
    pushAsyncContext: (id: number, trigger: number) => state.push(id, trigger),
    popAsyncContext: (id: number) => {
      const expected = state.ids[0];
      if (
        (state.fields[HookField.stackLength] ?? 0) > 0 &&
        state.fields[HookField.check] &&
        expected !== id
      ) {
        throw new Error(`async hook stack has become corrupted (actual: ${expected}, expected: ${id})`);
      }
      return state.pop();
    },
    executionAsyncResource: (index: number) => state.nativeResources[index],
    clearAsyncIdStack: () => state.clear(),
    queueDestroyAsyncId: (id: number) => state.queueDestroy(id),
    setPromiseHooks(...[init, before, after, settled]: PromiseHookParameters) {
      promises.set({ init, before, after, settled });
    },
    getPromiseHooks(): PromiseHookParameters {
      const { init, before, after, settled } = promises.callbacks;
      return [init, before, after, settled];
    },
    registerDestroyHook(target: object, id: number, bag?: { destroyed?: boolean }) {
      destroyed.register(target, { id, bag });
    },
  };
  state.onStackGrown = (stack) => {
    binding.async_ids_stack = stack;
  };
  return binding;
}
