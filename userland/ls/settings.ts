/** What the options of ls come to. */
export interface Settings {
  format: 'single' | 'columns' | 'across' | 'commas' | 'long';
  sort: 'name' | 'none' | 'size' | 'time' | 'extension' | 'version' | 'width';
  time: 'mtime' | 'atime' | 'ctime' | 'birthtime';
  /** strftime formats of files that are recent, and of those that are not. */
  timeFormats: [recent: string, old: string];
  show: 'plain' | 'almost' | 'all';
  ignoreBackups: boolean;
  ignored: readonly RegExp[];
  reverse: boolean;
  directoriesFirst: boolean;
  recursive: boolean;
  /** List folders themselves, not what is in them. */
  directoryItself: boolean;
  follow: 'never' | 'operands' | 'always' | 'operand-folders';
  indicator: 'none' | 'slash' | 'file-type' | 'classify';
  quoting: 'literal' | 'shell' | 'c' | 'escape';
  hideControls: boolean;
  inode: boolean;
  blocks: boolean;
  human: boolean;
  decimal: boolean;
  numeric: boolean;
  owner: boolean;
  group: boolean;
  color: boolean;
  width: number;
  terminator: string;
  timeZone: string;
  /** Seconds since the epoch: what "recent" is measured from. */
  now: number;
}
