import { Errno } from '../../src/base/errno.ts';
import { UNAME } from '../../src/base/uname.ts';
import type { NodeContext } from '../context.ts';

const utf8 = new TextDecoder();
const PRIORITY_NORMAL = 0;

interface ErrorContext {
  errno?: number;
  code?: string;
  message?: string;
  syscall?: string;
}

/** node_os.cc. */
export function createOs({ system, options, facts, realm }: NodeContext): object {
  const { process, files } = system;
  const fail = (context: ErrorContext, errno: number, syscall: string) => {
    const [code, message] = facts.uvErrors.get(errno) ?? ['UNKNOWN', 'unknown error'];
    Object.assign(context, { errno, code, message, syscall });
    return undefined;
  };
  const home = () => options.env['HOME'] ?? passwd()?.home ?? '/';
  const passwd = () => {
    const contents = files.readFile('/etc/passwd');
    if (typeof contents === 'number') return undefined;
    for (const line of utf8.decode(contents).split('\n')) {
      const [name = '', , uid, gid, , directory = '', shell = ''] = line.split(':');
      if (Number(uid) === process.uid && uid) return { name, gid: Number(gid), home: directory, shell };
    }
    return undefined;
  };
  const exists = (pid: number) => pid >= 0 && known(pid);
  const known = (pid: number) => pid === 0 || pid === process.pid || process.kill(pid, 0) === 0;
  return {
    ...facts.bindings['os']?.constants(),
    isBigEndian: false,
    getHostname: () => process.hostname,
    getLoadAvg(out: Float64Array) {
      out.fill(0); // a browser tells no load
    },
    getUptime: () => process.uptime(),
    getTotalMem: () => process.totalMemory,
    getFreeMem: () => process.freeMemory(),
    getCPUs() {
      const cpus: (string | number)[] = [];
      for (let i = 0; i < process.hardwareConcurrency; i++) cpus.push('unknown', 0, 0, 0, 0, 0, 0);
      return cpus;
    },
    getInterfaceAddresses: () => [
      'lo', '127.0.0.1', '255.0.0.0', 'IPv4', '00:00:00:00:00:00', true, -1,
      'lo', '::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'IPv6', '00:00:00:00:00:00', true, 0,
    ], // prettier-ignore
    getHomeDirectory: home,
    getUserInfo(wanted: { encoding?: string } | undefined, context: ErrorContext) {
      const user = passwd();
      if (user === undefined) return fail(context, -Errno.ENOENT, 'uv_os_get_passwd');
      const encode = (text: string): unknown => {
        if (wanted?.encoding !== 'buffer') return text;
        const { Buffer } = realm.require('buffer') as { Buffer: { from(text: string): unknown } };
        return Buffer.from(text);
      };
      return {
        uid: process.uid,
        gid: user.gid,
        username: encode(user.name),
        homedir: encode(user.home),
        shell: encode(user.shell),
      };
    },
    setPriority(pid: number, priority: number, context: ErrorContext) {
      if (!exists(pid)) return fail(context, -Errno.ESRCH, 'uv_os_setpriority') ?? -Errno.ESRCH;
      if (priority === PRIORITY_NORMAL) return 0;
      fail(context, -Errno.EACCES, 'uv_os_setpriority'); // every process has the browser's one priority
      return -Errno.EACCES;
    },
    getPriority(pid: number, context: ErrorContext) {
      return exists(pid) ? PRIORITY_NORMAL : fail(context, -Errno.ESRCH, 'uv_os_getpriority');
    },
    getAvailableParallelism: () => process.hardwareConcurrency,
    getOSInformation: () => [UNAME.sysname, UNAME.version, UNAME.release, UNAME.machine],
  };
}
