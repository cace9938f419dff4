/** Which TCP ports the runtime's processes listen on: the kernel's tables of sockets, matched with the processes' files. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readTasks, treeOf, type Tree } from '../processes/tree.ts';

export interface ListeningPort {
  readonly port: number;
  /** Where to connect to from this machine. */
  readonly address: string;
  /** The runtime's process (or one that it started) that listens. */
  readonly pid: number;
}

interface ListeningSocket {
  readonly inode: string;
  readonly port: number;
  readonly address: string;
}

const LISTEN = '0A';

/** The kernel prints an address as 32-bit words in the machine's byte order. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex').swap32();
  if (bytes.every((byte) => byte === 0)) return bytes.length === 4 ? '127.0.0.1' : '::1';
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return words.join(':');
}

function listeningSockets(): ListeningSocket[] {
  return ['tcp', 'tcp6'].flatMap((table) => {
    let text: string;
    try {
      text = readFileSync(`/proc/net/${table}`, 'latin1');
    } catch {
      return []; // no IPv6 here
    }
    return text
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN)
      .map((fields) => {
        const [address = '', port = ''] = (fields[1] ?? '').split(':');
        return { inode: fields[9] ?? '', port: Number.parseInt(port, 16), address: addressOf(address) };
      });
  });
}

function inodesOf(osPid: number): Set<string> {
  const inodes = new Set<string>();
  try {
    for (const fd of readdirSync(`/proc/${osPid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${osPid}/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  } catch {
    // It ended meanwhile.
  }
  return inodes;
}

/** Never one of the bridge's own, or of anything else on this machine. */
export function listeningPorts(
  processes: readonly { readonly pid: number; readonly tree: Tree }[],
): ListeningPort[] {
  if (processes.length === 0) return [];
  const sockets = listeningSockets();
  if (sockets.length === 0) return [];
  const tasks = readTasks();
  const found = new Map<number, ListeningPort>();
  for (const { pid, tree } of processes) {
    for (const task of treeOf(tree, tasks)) {
      const inodes = inodesOf(task.pid);
      for (const { inode, port, address } of sockets) {
        if (inodes.has(inode) && !found.has(port)) found.set(port, { port, address, pid });
      }
    }
  }
  return [...found.values()];
}
