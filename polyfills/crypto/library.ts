import type { NodeContext } from '../context.ts';
import type { Cryptography } from '../cryptography/library.ts';

const known = new WeakMap<NodeContext, Cryptography>();

/** The cryptographic library, loaded when it is first asked for: most programs start without it. */
export function cryptographyOf(context: NodeContext): Cryptography {
  let library = known.get(context);
  if (library === undefined) {
    library = context.realm.library('cryptography') as Cryptography;
    known.set(context, library);
  }
  return library;
}
