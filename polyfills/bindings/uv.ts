import type { NodeContext } from '../context.ts';

/** uv.cc. */
export function createUv(context: NodeContext): object {
  const { uvErrors, bindings } = context.facts;
  const unknown = (number: number) => `Unknown system error ${number}`;
  return {
    ...bindings['uv']?.constants(),
    errname: (number: number) => uvErrors.get(number)?.[0] ?? unknown(number),
    getErrorMessage: (number: number) => uvErrors.get(number)?.[1] ?? unknown(number),
    getErrorMap: () => new Map([...uvErrors].map(([number, [name, message]]) => [number, [name, message]])),
  };
}
