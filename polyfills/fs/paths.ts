/** Path arithmetic on POSIX strings for the calls that Node does with std::filesystem. */
const { call } = Function.prototype;
const split = call.bind(String.prototype.split) as (text: string, separator: string) => string[];
const slice = call.bind(String.prototype.slice) as (text: string, from: number, to?: number) => string;
const lastIndexOf = call.bind(String.prototype.lastIndexOf) as (text: string, part: string) => number;
const join = call.bind(Array.prototype.join) as (list: readonly string[], separator: string) => string;

/** path.resolve(base, path): absolute, without `.`, `..` and repeated slashes. `base` is absolute. */
export function resolvePath(base: string, path: string): string {
  const full = path[0] === '/' ? path : `${base}/${path}`;
  const parts = split(full, '/');
  const kept: string[] = [];
  let depth = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    if (part === '' || part === '.') continue;
    if (part === '..') depth = depth > 0 ? depth - 1 : 0;
    else kept[depth++] = part;
  }
  kept.length = depth;
  return `/${join(kept, '/')}`;
}

/** path::parent_path: of `/a/b` `/a`, of `/a/b/` `/a/b`, of `/a` `/`, of `a` nothing. */
export function parentPath(path: string): string {
  const at = lastIndexOf(path, '/');
  if (at < 0) return '';
  let end = at;
  while (end > 0 && path[end - 1] === '/') end--;
  return end === 0 ? '/' : slice(path, 0, end);
}

/** path / name. */
export function childPath(directory: string, name: string): string {
  if (directory === '' || directory[directory.length - 1] === '/') return directory + name;
  return `${directory}/${name}`;
}

export function startsWith(text: string, prefix: string): boolean {
  return slice(text, 0, prefix.length) === prefix;
}

/** True when `inner` is `outer` or beneath it; both absolute. */
export function isWithin(outer: string, inner: string): boolean {
  return outer === inner || startsWith(inner, outer === '/' ? '/' : `${outer}/`);
}
