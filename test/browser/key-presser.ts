interface Terminal {
  readonly input: WritableStream<string>;
  readonly output: ReadableStream<string>;
}

/**
 * Presses keys at a program's terminal, and waits until all that is wanted shows in what is drawn from then on, which it
 * gives back. It is sent to the page as text: it sees nothing from around it.
 */
export function keyPresser({
  input,
  output,
}: Terminal): (keys: string, ...wanted: string[]) => Promise<string> {
  let shown = '';
  let found: () => void = () => undefined;
  const write = (text: string) => {
    shown += text;
    found();
  };
  void output.pipeTo(new WritableStream({ write }));
  const writer = input.getWriter();
  return async (keys, ...wanted) => {
    const from = shown.length;
    await writer.write(keys);
    await new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error(`${JSON.stringify([keys, wanted, shown.slice(from)])}`)), 30_000);
      found = () => {
        if (wanted.every((text) => shown.slice(from).includes(text))) resolve();
      };
      found();
    });
    return shown.slice(from);
  };
}

interface ShellContainer {
  spawn(
    command: string,
    args: string[],
    options: { terminal: { cols: number; rows: number }; env: Record<string, string> },
  ): Promise<Terminal>;
}

/** A shell at a terminal whose prompt, `ready> `, has come. → what presses its keys. Sent as text, beside the other. */
export async function readyShell(
  container: ShellContainer,
  terminal: { cols: number; rows: number },
  env: Record<string, string> = {},
): Promise<ReturnType<typeof keyPresser>> {
  const press = keyPresser(await container.spawn('sh', [], { terminal, env: { PS1: 'ready> ', ...env } }));
  await press('', 'ready> ');
  return press;
}
