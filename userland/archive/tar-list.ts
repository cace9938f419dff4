import { modeString, FileType } from '../files/stat.ts';
import { strftime } from '../text/time.ts';
import { type TarHeader, TarType } from './tar-format.ts';
import { shownName } from './tar-names.ts';

const TYPES: Readonly<Record<string, number>> = {
  [TarType.file]: FileType.regular,
  [TarType.hardLink]: FileType.regular,
  [TarType.symbolicLink]: FileType.link,
  [TarType.character]: FileType.character,
  [TarType.block]: FileType.block,
  [TarType.directory]: FileType.directory,
  [TarType.fifo]: FileType.fifo,
};
const FIRST_WIDTH = 19;
let ownerAndSizeWidth = FIRST_WIDTH;

/** Before the first line: the thread may have listed another archive for another process. */
export function beginListing(): void {
  ownerAndSizeWidth = FIRST_WIDTH;
}

/** A line of `tar tv`: the columns grow as they need to. */
export function longLine(header: TarHeader, timeZone: string, numeric: boolean): string {
  const mode = modeString(header.mode | (TYPES[header.type] ?? FileType.regular));
  const shownMode = header.type === TarType.hardLink ? `h${mode.slice(1)}` : mode;
  const user = numeric || header.user === '' ? String(header.uid) : header.user;
  const group = numeric || header.group === '' ? String(header.gid) : header.group;
  const size = String(header.size);
  const width = user.length + group.length + size.length + 2;
  if (width > ownerAndSizeWidth) ownerAndSizeWidth = width;
  const padding = ' '.repeat(ownerAndSizeWidth - width);
  const time = strftime('%Y-%m-%d %H:%M', Math.floor(header.mtime), 0, timeZone);
  const link =
    header.type === TarType.symbolicLink
      ? ` -> ${shownName(header.linkName)}`
      : header.type === TarType.hardLink
        ? ` link to ${shownName(header.linkName)}`
        : '';
  return `${shownMode} ${user}/${group} ${padding}${size} ${time} ${shownName(header.name)}${link}`;
}
