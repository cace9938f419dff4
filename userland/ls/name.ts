import { FileType, type Status, typeOf } from '../files/stat.ts';
import { cEscape } from '../text/c-escapes.ts';
import { displayWidth } from '../text/width.ts';
import { type Entry, indicatorOf } from './entry.ts';
import type { Settings } from './settings.ts';

const CONTROLS = /[\x00-\x1f\x7f]/g;
const SPECIAL = /[\s!"$&'()*;<=>[\\\]^`{|}~#?]/;
// Quoted only where they begin a name.
const SPECIAL_FIRST = /^[#~]/;
export function quoteName(name: string, settings: Settings): string {
  switch (settings.quoting) {
    case 'literal':
      return settings.hideControls ? name.replace(CONTROLS, '?') : name;
    case 'escape':
      return name.replace(/\\/g, '\\\\').replace(/ /g, '\\ ').replace(CONTROLS, cEscape);
    case 'c':
      return `"${name.replace(/["\\]/g, '\\$&').replace(CONTROLS, cEscape)}"`;
    case 'shell':
      return shellName(name);
  }
}

function shellName(name: string): string {
  const plain = name.replace(/[#~](?!^)/g, '');
  const special = name === '' || SPECIAL_FIRST.test(name) || SPECIAL.test(plain.replace(/(?<=.)[#~]/g, ''));
  if (!special) return name;
  if (!/[\x00-\x1f\x7f]/.test(name))
    return name.includes("'") && !/["$`\\!]/.test(name) ? `"${name}"` : `'${name.replaceAll("'", "'\\''")}'`;
  return `'${name.replaceAll("'", "'\\''").replace(CONTROLS, (one) => `'$'${cEscape(one)}''`)}'`;
}

/** The name as it is printed, and the columns that it takes (colours take none). */
export interface Shown {
  text: string;
  width: number;
}

export class NamePrinter {
  readonly #settings: Settings;
  readonly #colors: ColorTable;
  #colorUsed = false;

  constructor(settings: Settings, lsColors: string | undefined) {
    this.#settings = settings;
    this.#colors = new ColorTable(lsColors);
  }

  /** `pad`: another name of this listing is quoted, so this one gets a space where that has its quote. */
  show(entry: Entry, pad: boolean): Shown {
    const quoted = quoteName(entry.name, this.#settings);
    // In the long format a link's own character gives way to that of its target.
    const bare = entry.link !== undefined && this.#settings.format === 'long';
    const indicator = bare ? '' : indicatorOf(entry.status, this.#settings.indicator);
    const lead = pad && quoted === entry.name ? ' ' : '';
    return {
      text: lead + this.paint(quoted, entry.name, entry.status, entry.link) + indicator,
      width: displayWidth(lead + quoted) + indicator.length,
    };
  }

  /** The target of a link, after its arrow. */
  target(link: NonNullable<Entry['link']>): string {
    const quoted = quoteName(link.target, this.#settings);
    if (link.status === undefined) return quoted;
    return (
      this.paint(quoted, link.target, link.status, undefined) +
      indicatorOf(link.status, this.#settings.indicator)
    );
  }

  paint(text: string, name: string, found: Status, link: Entry['link']): string {
    if (!this.#settings.color) return text;
    const color = this.#colors.of(name, found, link);
    if (color === undefined) return text;
    const start = this.#colorUsed ? '' : '\x1b[0m';
    this.#colorUsed = true;
    return `${start}\x1b[${color}m${text}\x1b[0m`;
  }
}

/** Without LS_COLORS, GNU's own colours. */
const DEFAULT_COLORS =
  'di=01;34:ln=01;36:pi=33:so=01;35:bd=01;33:cd=01;33:su=37;41:sg=30;43:st=37;44:ow=34;42:tw=30;42:ex=01;32';

const TYPE_KEYS = new Map<number, string>([
  [FileType.directory, 'di'],
  [FileType.link, 'ln'],
  [FileType.fifo, 'pi'],
  [FileType.socket, 'so'],
  [FileType.block, 'bd'],
  [FileType.character, 'cd'],
]);

class ColorTable {
  readonly #byKey = new Map<string, string>();
  readonly #bySuffix: [suffix: string, color: string][] = [];

  constructor(given: string | undefined) {
    for (const part of `${DEFAULT_COLORS}:${given ?? ''}`.split(':')) {
      const equals = part.indexOf('=');
      if (equals < 0) continue;
      const [key, color] = [part.slice(0, equals), part.slice(equals + 1)];
      if (key.startsWith('*')) this.#bySuffix.push([key.slice(1), color]);
      else this.#byKey.set(key, color);
    }
  }

  of(name: string, found: Status, link: Entry['link']): string | undefined {
    if (link !== undefined && link.status === undefined && this.#byKey.has('or')) return this.#key('or');
    if (typeOf(found) === FileType.link && this.#byKey.get('ln') === 'target' && link?.status)
      return this.of(name, link.status, undefined);
    const type = typeOf(found);
    if (type === FileType.directory) return this.#key(folderKey(found.mode)) ?? this.#key('di');
    if (type !== FileType.regular) return this.#key(TYPE_KEYS.get(type) ?? 'fi');
    if (found.mode & 0o4000) return this.#key('su');
    if (found.mode & 0o2000) return this.#key('sg');
    if (found.mode & 0o111) return this.#key('ex');
    return this.#bySuffix.findLast(([suffix]) => name.endsWith(suffix))?.[1] ?? this.#key('fi');
  }

  #key(key: string): string | undefined {
    const color = this.#byKey.get(key);
    return color === '' || color === '0' || color === '00' ? undefined : color;
  }
}

function folderKey(mode: number): string {
  const sticky = (mode & 0o1000) !== 0;
  if (mode & 0o002) return sticky ? 'tw' : 'ow';
  return sticky ? 'st' : 'di';
}
