import type { NodeContext } from '../context.ts';
import type { Cryptography } from '../cryptography/library.ts';
import { fillRandom } from './random.ts';

const known = new WeakMap<NodeContext, Cryptography>();

/** The cryptographic library, loaded when it is first asked for: most programs start without it. */
export function cryptographyOf(context: NodeContext): Cryptography {
  let library = known.get(context);
  if (library === undefined) {
    const loaded = context.realm.library('cryptography') as Cryptography;
    // The script uses globals of Node's that load on demand, which may have asked for it meanwhile: one copy stands.
    library = known.get(context) ?? loaded;
    library.setRandom((bytes) => fillRandom(bytes, 0, bytes.length));
    known.set(context, library);
  }
  return library;
}
