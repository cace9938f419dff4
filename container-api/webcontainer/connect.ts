/** WebContainer's way to show a preview in a window of its own, by a server that is not needed here. */
export function setupConnect(_options?: { editorOrigin?: string }): void {
  console.info(
    'setupConnect: OpenAgentsContainer shows previews in frames of the page that runs it; the call does nothing.',
  );
}
