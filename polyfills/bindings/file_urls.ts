/** The path of a normalised `file:` URL (as Node's own URL prints it); undefined for any other URL. */
export function fileUrlToPath(url: string): string | undefined {
  if (!url.startsWith('file://')) return undefined;
  const end = url.search(/[?#]/);
  const path = url.slice('file://'.length, end < 0 ? undefined : end);
  if (!path.startsWith('/')) return undefined;
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The `file:` URL of an absolute path. */
export function pathToFileUrl(path: string): string {
  return 'file://' + encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23');
}
