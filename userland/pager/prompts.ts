/** What stands in a pager's last row: less's prototypes of short, medium and long prompts. */
export interface PromptState {
  readonly name: string;
  /** Counted from one; how many files there are. */
  readonly file: number;
  readonly files: number;
  readonly next: string | undefined;
  /** The file has just been come to. */
  readonly fresh: boolean;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly totalLines: number | undefined;
  readonly bytes: number;
  readonly totalBytes: number | undefined;
  readonly atEnd: boolean;
}

const fileOf = ({ file, files }: PromptState): string => (files > 1 ? `(file ${file} of ${files}) ` : '');
const percentOf = ({ bytes, totalBytes }: PromptState): string =>
  totalBytes === undefined || totalBytes === 0 ? '' : `${Math.floor((100 * bytes) / totalBytes)}%`;
const endOf = ({ atEnd, next }: PromptState): string =>
  atEnd ? `(END) ${next === undefined ? '' : `- Next: ${next} `}` : '';
const nameOf = ({ name }: PromptState): string => (name === '' ? '' : `${name} `);
const linesOf = ({ firstLine, lastLine, totalLines }: PromptState): string =>
  `lines ${firstLine}-${lastLine}${totalLines === undefined ? '' : `/${totalLines}`} `;

export type PromptKind = 'short' | 'medium' | 'long';

/** → '' where a colon stands for it */
export function promptOf(kind: PromptKind, state: PromptState): string {
  const fresh = state.fresh ? nameOf(state) + fileOf(state) : '';
  if (kind === 'short') return (fresh + endOf(state)).trimEnd();
  if (kind === 'medium') return (fresh + (endOf(state) || percentOf(state))).trimEnd();
  return (
    nameOf(state) +
    (state.fresh ? fileOf(state) : '') +
    linesOf(state) +
    (endOf(state) || percentOf(state))
  ).trimEnd();
}

/** `=`: where we are. */
export function placeOf(state: PromptState): string {
  const bytes = `byte ${state.bytes}${state.totalBytes === undefined ? '' : `/${state.totalBytes}`} `;
  return (
    nameOf(state) +
    fileOf(state) +
    linesOf(state) +
    bytes +
    (endOf(state) || percentOf(state))
  ).trimEnd();
}
