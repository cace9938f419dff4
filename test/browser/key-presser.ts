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
