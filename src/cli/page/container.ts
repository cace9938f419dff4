/** What this page uses of the public container, which it loads at run time from /index.js. */
export interface ContainerModule {
  OpenAgentsContainer: {
    boot(options: { workdirName?: string; capabilities?: 'trusted' }): Promise<Container>;
  };
}

export interface Container {
  readonly fs: {
    mkdir(path: string, options: { recursive: boolean }): Promise<unknown>;
    readFile(path: string, encoding: 'utf-8'): Promise<string>;
    writeFile(path: string, data: string): Promise<void>;
    rm(path: string, options: { recursive: boolean; force: boolean }): Promise<void>;
  };
  mount(archive: ArrayBuffer, options: { mountPoint: string }): Promise<void>;
  spawn(command: string, args: string[], options: ContainerSpawn): Promise<ContainerProcess>;
  teardown(): Promise<void>;
}

export interface ContainerSpawn {
  env: Record<string, string>;
  cwd?: string;
  encoding: 'bytes';
  output?: boolean;
  stdio: 'pipe' | 'pty';
  terminal?: { cols: number; rows: number };
}

export interface ContainerProcess {
  readonly exit: Promise<number>;
  readonly signal: string | null;
  readonly input: WritableStream<Uint8Array>;
  readonly output: ReadableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  kill(signal: string): void;
  resize(size: { cols: number; rows: number }): void;
}
