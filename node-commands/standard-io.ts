import fs from 'node:fs';

const STDIN = 0;
const EPIPE_STATUS = 141; // 128 + SIGPIPE

/** A reader that has gone ends a program, as SIGPIPE would. */
export function endOnBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EPIPE_STATUS);
    throw error;
  });
}

export function readStandardInput(): Buffer {
  return fs.readFileSync(STDIN);
}

/** Writes all of it, whatever the descriptor is. */
export function writeAll(fd: number, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(EPIPE_STATUS);
      if (code !== 'EAGAIN') throw error;
    }
  }
}
