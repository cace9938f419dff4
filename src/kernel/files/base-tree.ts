/** The folders and files of a fresh container, as a small Linux has them. */
import { Errno } from '../../base/errno.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import { HOSTED_FILES } from '../../protocol/hosted.ts';
import { NODE_COMMANDS } from '../../protocol/node-commands.ts';
import { NPM_COMMANDS, NPM_FOLDER, npmCommand } from '../../protocol/npm.ts';
import { USERLAND_PROGRAMS } from '../../protocol/userland.ts';
import { programFile } from '../process/programs.ts';

/** The one user of a container. */
export const USER = { uid: 1000, gid: 1000, name: 'user', home: '/home' } as const;

const O_WRONLY_CREAT_TRUNC = 0o1 | 0o100 | 0o1000;
const S_IFCHR = 0o020000;

const FOLDERS: [path: string, mode: number, owner: 'root' | 'user'][] = [
  ['/dev', 0o755, 'root'],
  ['/dev/pts', 0o755, 'root'],
  ['/etc', 0o755, 'root'],
  ['/home', 0o755, 'user'],
  ['/mnt', 0o755, 'user'],
  ['/opt', 0o755, 'user'],
  ['/proc', 0o555, 'root'],
  ['/root', 0o700, 'root'],
  ['/run', 0o755, 'user'],
  ['/task', 0o555, 'root'],
  ['/tmp', 0o1777, 'root'],
  ['/usr', 0o755, 'root'],
  ['/usr/bin', 0o755, 'user'],
  ['/usr/lib', 0o755, 'user'],
  ['/usr/lib/node', 0o755, 'root'],
  ['/usr/share', 0o755, 'user'],
  ['/usr/local', 0o755, 'user'],
  ['/usr/local/bin', 0o755, 'user'],
  ['/usr/local/lib', 0o755, 'user'],
  ['/usr/local/lib/node_modules', 0o755, 'user'],
  ['/var', 0o755, 'root'],
  ['/var/cache', 0o755, 'user'],
  ['/var/tmp', 0o1777, 'root'],
  ['/var/log', 0o755, 'user'],
  ['/web', 0o555, 'root'],
];

const LINKS: [path: string, target: string][] = [
  ['/bin', 'usr/bin'],
  ['/lib', 'usr/lib'],
  ['/usr/bin/node', '../local/bin/node'],
  ['/usr/local/lib/node_modules/npm', NPM_FOLDER],
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
];

const DEVICES: [path: string, major: number, minor: number][] = [
  ['/dev/null', 1, 3],
  ['/dev/zero', 1, 5],
  ['/dev/full', 1, 7],
  ['/dev/random', 1, 8],
  ['/dev/urandom', 1, 9],
  ['/dev/tty', 5, 0],
];

const TEXTS: [path: string, text: string][] = [
  [
    '/etc/passwd',
    `root:x:0:0:root:/root:/bin/sh\n${USER.name}:x:1000:1000:${USER.name}:${USER.home}:/bin/sh\n`,
  ],
  ['/etc/group', `root:x:0:\n${USER.name}:x:1000:\n`],
  ['/etc/hostname', 'localhost\n'],
  ['/etc/hosts', '127.0.0.1\tlocalhost\n::1\tlocalhost\n'],
  [
    '/etc/os-release',
    'NAME="OpenAgentsContainer"\nID=openagents-container\nPRETTY_NAME="OpenAgentsContainer"\n',
  ],
];

/** What is there already stays as it is. `files` must act as root. Throws when the volume is too small for this. */
export function writeBaseTree(files: FileSystem, workdir: string): void {
  const must = (result: number, path: string): void => {
    if (result < 0) throw new Error(`base tree: ${path}: errno ${-result}`);
  };
  for (const [path, mode, owner] of FOLDERS) {
    const made = files.mkdir(path, mode);
    if (made === -Errno.EEXIST) continue;
    must(made, path);
    must(files.chmod(path, mode, true), path);
    if (owner === 'user') must(files.chown(path, USER.uid, USER.gid, true), path);
  }
  const workFolders = workdir.split('/').slice(1);
  workFolders.forEach((_, index) => {
    const path = `/${workFolders.slice(0, index + 1).join('/')}`;
    const made = files.mkdir(path, 0o755);
    if (made === -Errno.EEXIST) return;
    must(made, path);
    must(files.chown(path, USER.uid, USER.gid, true), path);
  });
  for (const [path, major, minor] of DEVICES) {
    if (files.kind(path) >= 0) continue;
    must(files.mknod(path, S_IFCHR | 0o666, (major << 8) | minor), path);
    // The umask has had its part in the bits that mknod set.
    must(files.chmod(path, 0o666, true), path);
  }
  for (const [path, text] of TEXTS) {
    if (files.kind(path) >= 0) continue;
    must(files.writeFile(path, new TextEncoder().encode(text), O_WRONLY_CREAT_TRUNC, 0o644), path);
  }
  for (const [path, file] of NPM_COMMANDS) {
    if (files.kind(path) >= 0) continue;
    must(
      files.writeFile(path, new TextEncoder().encode(npmCommand(file)), O_WRONLY_CREAT_TRUNC, 0o755),
      path,
    );
    must(files.chmod(path, 0o755, true), path);
  }
  const programs = [
    ['/usr/local/bin/node', 'node'],
    ...[...USERLAND_PROGRAMS, ...NODE_COMMANDS].map((name) => [`/usr/bin/${name}`, name] as const),
    ...HOSTED_FILES,
  ] as const;
  for (const [path, name] of programs) {
    if (files.kind(path) >= 0) continue;
    must(files.writeFile(path, programFile(name), O_WRONLY_CREAT_TRUNC, 0o755), path);
    must(files.chmod(path, 0o755, true), path);
  }
  for (const [path, target] of LINKS) {
    const made = files.symlink(target, path);
    if (made !== -Errno.EEXIST) must(made, path);
  }
}
