/** The group of `dhparam: 'auto'`: ffdhe3072 of RFC 7919. */
import { FFDHE } from '../../cryptography/keys/dh-primes.ts';
import type { DhGroup } from './settings.ts';

export const DH_AUTO: DhGroup = {
  get p() {
    return FFDHE[3072];
  },
  g: 2n,
};
