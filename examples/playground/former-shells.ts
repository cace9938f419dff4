/** Shells end with their page. The next load of it in the same tab says so. */
const KEY = 'openagents-container-playground-shells';

/** The names of the shells that ran when the page was left, once. */
export function takeFormerShells(): string[] {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return kept === null ? [] : (JSON.parse(kept) as string[]);
}

export function keepShellNames(names: readonly string[]): void {
  sessionStorage.setItem(KEY, JSON.stringify(names));
}

export function farewell(names: readonly string[], filesKept: boolean): string {
  if (names.length === 0) return '';
  const [which, where] =
    names.length === 1
      ? [`The shell ${names[0]} has`, 'it']
      : [`The ${names.length} shells (${names.join(', ')}) have`, 'them'];
  const files = filesKept
    ? 'The files are as they were.'
    : 'The files are gone too: this browser keeps none here.';
  return `\u001b[33mThe page was loaded anew. ${which} ended, with all that ran in ${where}. ${files}\u001b[0m\r\n\r\n`;
}
