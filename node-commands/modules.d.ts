declare module 'jq-web' {
  /** Emscripten's module, as jq-web's factory makes it. */
  export interface JqModule {
    readonly FS: {
      init(
        input: () => number | null,
        output: (code: number | null) => void,
        error: (code: number | null) => void,
      ): void;
      writeFile(path: string, data: Uint8Array): void;
      mkdirTree(path: string): void;
    };
    callMain(args: string[]): number;
  }
  export default function createJq(options: {
    wasmBinary: Uint8Array;
    noInitialRun: boolean;
    preRun: ((module: JqModule) => void)[];
  }): Promise<JqModule>;
}

declare module 'jq-web/jq.wasm' {
  const bytes: Uint8Array;
  export default bytes;
}
