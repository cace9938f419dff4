import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';

/** node_credentials.cc. A process has one user for its life: changing it is refused as to an unprivileged user. */
export function createCredentials({ system, options, errors }: NodeContext): object {
  const { process } = system; // read late: a booted spare has no user yet
  const refuse = (syscall: string, own: 'uid' | 'gid') => (id: unknown) => {
    if (id === process[own]) return 0;
    if (typeof id === 'string') return 1; // no such user: there is no user database
    throw errors.uvException(-Errno.EPERM, syscall);
  };
  return {
    implementsPosixCredentials: true,
    safeGetenv(name: string) {
      options.variables.told?.('get', name);
      return options.env[name];
    },
    getTempDir() {
      const { TMPDIR, TMP, TEMP } = options.env;
      return (TMPDIR || TMP || TEMP || '/tmp').replace(/(.)\/$/, '$1');
    },
    getuid: () => process.uid,
    geteuid: () => process.uid,
    getgid: () => process.gid,
    getegid: () => process.gid,
    getgroups: () => [process.gid],
    setuid: refuse('setuid', 'uid'),
    seteuid: refuse('seteuid', 'uid'),
    setgid: refuse('setgid', 'gid'),
    setegid: refuse('setegid', 'gid'),
    setgroups() {
      throw errors.uvException(-Errno.EPERM, 'setgroups');
    },
    initgroups() {
      throw errors.uvException(-Errno.EPERM, 'initgroups');
    },
  };
}
