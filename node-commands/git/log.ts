import git, { type CommitObject, type ReadCommitResult } from 'isomorphic-git';
import { DIFF_SPEC, printPairs, wantsColor } from './diff.ts';
import { GitFailure } from './failure.ts';
import { parseWords, type Words } from './options.ts';
import { shortId, type Repository } from './repository.ts';
import { pairsOf, type Side } from './trees.ts';

const SPEC = [
  ...DIFF_SPEC,
  '#,n,max-count=',
  'oneline',
  'format,pretty=',
  'all',
  'reverse',
  'decorate?',
  'no-decorate',
  'abbrev-commit',
  'author=',
  'grep=',
  'since,after=',
  'until,before=',
  'skip=',
  'follow',
  'merges',
  'no-merges',
  'graph',
  'date=',
  'first-parent',
  'no-pager',
  'i',
];
const TEXT = 'git log [<options>] [<revision-range>] [[--] <path>...]';
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

type Author = CommitObject['author'];
const two = (value: number): string => String(value).padStart(2, '0');

function zoneText(offset: number): string {
  const minutes = Math.abs(offset);
  return `${offset > 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

export function dateText({ timestamp, timezoneOffset }: Author, style = 'default'): string {
  const at = new Date((timestamp - timezoneOffset * 60) * 1000);
  const [day, time] = [
    `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`,
    `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`,
  ];
  const zone = zoneText(timezoneOffset);
  if (style === 'iso') return `${day} ${time} ${zone}`;
  if (style === 'iso-strict')
    return `${day}T${time}${zone === '+0000' ? 'Z' : zone.replace(/(\d\d)$/, ':$1')}`;
  if (style === 'short') return day;
  if (style === 'unix') return String(timestamp);
  if (style === 'raw') return `${timestamp} ${zone}`;
  if (style === 'rfc')
    return `${DAYS[at.getUTCDay()]}, ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()} ${time} ${zone}`;
  if (style === 'relative') return relativeText(timestamp);
  return `${DAYS[at.getUTCDay()]} ${MONTHS[at.getUTCMonth()]} ${at.getUTCDate()} ${time} ${at.getUTCFullYear()} ${zone}`;
}

function relativeText(timestamp: number): string {
  let count = Math.max(0, Math.floor(Date.now() / 1000) - timestamp);
  for (const [size, unit] of [
    [90, 'second'],
    [90, 'minute'],
    [36, 'hour'],
    [14, 'day'],
    [10, 'week'],
    [Infinity, 'month'],
  ] as const) {
    if (count < size) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
    const divisor = { second: 60, minute: 60, hour: 24, day: 7, week: 4.35, month: 12 }[unit];
    count = Math.round(count / divisor);
  }
  return 'long ago';
}

/** Names of branches and tags by the commit that they stand at, HEAD first. */
async function decorations(repository: Repository): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const add = async (ref: string, label: string): Promise<void> => {
    const oid = await repository.tryResolve(ref);
    if (oid === undefined) return;
    const commit = await repository.tryResolve(`${ref}^{}`).catch(() => oid);
    const key = commit ?? oid;
    found.set(key, [...(found.get(key) ?? []), label]);
  };
  const current = await repository.branch();
  const head = await repository.head();
  if (head !== undefined) found.set(head, [current === undefined ? 'HEAD' : `HEAD -> ${current}`]);
  for (const tag of await git.listTags({ ...repository.args })) await add(`refs/tags/${tag}`, `tag: ${tag}`);
  for (const { remote } of await git.listRemotes({ ...repository.args }))
    for (const branch of await git.listBranches({ ...repository.args, remote }))
      await add(`refs/remotes/${remote}/${branch}`, `${remote}/${branch}`);
  for (const branch of await git.listBranches({ ...repository.args }))
    if (branch !== current) await add(`refs/heads/${branch}`, branch);
  return found;
}

interface Style {
  readonly format: string;
  readonly decorated: boolean;
  readonly color: boolean;
  readonly date: string;
  readonly names: ReadonlyMap<string, string[]>;
}

function placeholder(letters: string, entry: ReadCommitResult, style: Style): string {
  const { oid, commit } = entry;
  const [subject = '', ...body] = commit.message.split('\n');
  const names = style.names.get(oid)?.join(', ') ?? '';
  const who = letters.startsWith('a') ? commit.author : commit.committer;
  const table: Readonly<Record<string, () => string>> = {
    H: () => oid,
    h: () => shortId(oid),
    T: () => commit.tree,
    t: () => shortId(commit.tree),
    P: () => commit.parent.join(' '),
    p: () => commit.parent.map(shortId).join(' '),
    s: () => subject,
    b: () => body.join('\n').replace(/^\n/, ''),
    B: () => commit.message,
    n: () => '\n',
    '%': () => '%',
    d: () => (names === '' ? '' : ` (${names})`),
    D: () => names,
    n_: () => who.name,
    e_: () => who.email,
    d_: () => dateText(who, style.date),
    i_: () => dateText(who, 'iso'),
    I_: () => dateText(who, 'iso-strict'),
    r_: () => dateText(who, 'relative'),
    t_: () => String(who.timestamp),
    s_: () => dateText(who, 'short'),
    D_: () => dateText(who, 'rfc'),
  };
  const key = /^[ac]./.test(letters) ? `${letters[1]}_` : letters;
  return table[key]?.() ?? `%${letters}`;
}

const COLORS: Readonly<Record<string, string>> = {
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  cyan: '36',
  reset: '',
};

function formatted(entry: ReadCommitResult, style: Style): string {
  return style.format.replace(
    /%(?:C(\w+)|C\((?:auto,?)?(\w*)\)|x([0-9a-f]{2})|([ac][neditIrsD])|(.))/g,
    (_, plain?: string, inParens?: string, hex?: string, person?: string, letter?: string) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      const color = plain ?? inParens;
      if (color !== undefined)
        return style.color && COLORS[color] !== undefined ? `\x1b[${COLORS[color]}m` : '';
      return placeholder(person ?? letter ?? '', entry, style);
    },
  );
}

function commitText(entry: ReadCommitResult, style: Style, full: boolean): string {
  const { oid, commit } = entry;
  const names = style.decorated ? style.names.get(oid) : undefined;
  const paint = (code: string, text: string): string => (style.color ? `\x1b[${code}m${text}\x1b[m` : text);
  const lines = [
    paint('33', `commit ${oid}`) + (names === undefined ? '' : paint('33', ` (${names.join(', ')})`)),
  ];
  if (commit.parent.length > 1) lines.push(`Merge: ${commit.parent.map(shortId).join(' ')}`);
  lines.push(`Author: ${commit.author.name} <${commit.author.email}>`);
  if (full) lines.push(`Commit: ${commit.committer.name} <${commit.committer.email}>`);
  else lines.push(`Date:   ${dateText(commit.author, style.date)}`);
  const message = commit.message
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => `    ${line}`);
  return [...lines, '', ...message, ''].join('\n');
}

async function styleOf(repository: Repository, options: Words): Promise<Style & { kind: string }> {
  const given = options.value('format') ?? (options.has('oneline') ? 'oneline' : 'medium');
  const color = wantsColor(options);
  const decorated = options.has('decorate') || (!options.has('no-decorate') && process.stdout.isTTY === true);
  const names = await decorations(repository);
  const date = options.value('date') ?? 'default';
  const custom = /^t?format:(.*)$/s.exec(given)?.[1] ?? (given.includes('%') ? given : undefined);
  if (custom !== undefined)
    return {
      kind: given.startsWith('format:') ? 'separated' : 'lines',
      format: custom,
      decorated,
      color,
      names,
      date,
    };
  if (given === 'oneline') {
    const id = options.has('oneline') || options.has('abbrev-commit') ? '%h' : '%H';
    return {
      kind: 'lines',
      format: `%C(yellow)${id}%C(reset)${decorated ? '%C(yellow)%d%C(reset)' : ''} %s`,
      decorated,
      color,
      names,
      date,
    };
  }
  return { kind: given, format: '', decorated, color, names, date };
}

async function printEntry(
  repository: Repository,
  entry: ReadCommitResult,
  options: Words,
  style: Style & { kind: string },
  first: boolean,
): Promise<void> {
  const isText = style.kind === 'lines' || style.kind === 'separated';
  if (style.kind === 'separated' && !first) process.stdout.write('\n');
  if (!isText && !first) process.stdout.write('\n');
  process.stdout.write(
    isText
      ? formatted(entry, style) + (style.kind === 'lines' ? '\n' : '')
      : commitText(entry, style, style.kind === 'full'),
  );
  const wantsDiff = ['p', 'stat', 'shortstat', 'numstat', 'name-only', 'name-status'].some((name) =>
    options.has(name),
  );
  if (!wantsDiff || entry.commit.parent.length > 1) return;
  const [parent] = entry.commit.parent;
  const from: Side = parent === undefined ? 'nothing' : { tree: parent };
  if (!isText) process.stdout.write('\n');
  printPairs(await pairsOf(repository, from, { tree: entry.oid }, []), options);
}

/** Commits from `starts` on, newest first, without those that `hidden` reach. */
async function history(
  repository: Repository,
  starts: readonly string[],
  hidden: readonly string[],
  path: string | undefined,
): Promise<ReadCommitResult[]> {
  const seen = new Map<string, ReadCommitResult>();
  const gone = new Set<string>();
  for (const ref of hidden) for (const { oid } of await git.log({ ...repository.args, ref })) gone.add(oid);
  for (const ref of starts) {
    const entries = await git.log({
      ...repository.args,
      ref,
      ...(path === undefined ? {} : { filepath: path, follow: false, force: true }),
    });
    for (const entry of entries) if (!gone.has(entry.oid)) seen.set(entry.oid, entry);
  }
  const all = [...seen.values()];
  return starts.length === 1
    ? all
    : all.sort((a, b) => b.commit.committer.timestamp - a.commit.committer.timestamp);
}

function chosen(entries: ReadCommitResult[], options: Words): ReadCommitResult[] {
  const [author, grep] = [options.value('author'), options.value('grep')];
  const time = (name: string): number | undefined => {
    const text = options.value(name);
    if (text === undefined) return undefined;
    const parsed = /^\d+$/.test(text) ? Number(text) : Date.parse(text) / 1000;
    if (Number.isNaN(parsed)) throw new GitFailure(`invalid date: ${text}`);
    return parsed;
  };
  const [since, until] = [time('since'), time('until')];
  const flags = options.has('i') ? 'i' : '';
  let kept = entries.filter(({ commit }) => {
    if (
      author !== undefined &&
      !new RegExp(author, flags).test(`${commit.author.name} <${commit.author.email}>`)
    )
      return false;
    if (grep !== undefined && !new RegExp(grep, flags).test(commit.message)) return false;
    if (since !== undefined && commit.committer.timestamp < since) return false;
    if (until !== undefined && commit.committer.timestamp > until) return false;
    return (
      !(options.has('merges') && commit.parent.length < 2) &&
      !(options.has('no-merges') && commit.parent.length > 1)
    );
  });
  kept = kept.slice(Number(options.value('skip') ?? 0));
  const limit = options.value('#');
  if (limit !== undefined) kept = kept.slice(0, Number(limit));
  return options.has('reverse') ? kept.reverse() : kept;
}

async function rangeOf(
  repository: Repository,
  options: Words,
): Promise<{ starts: string[]; hidden: string[]; paths: string[] }> {
  const [starts, hidden, paths]: string[][] = [[], [], [...(options.paths ?? [])]];
  for (const word of options.words) {
    const range = /^(.*?)\.\.(.*)$/.exec(word);
    if (range) {
      hidden?.push(await repository.resolve(range[1] || 'HEAD'));
      starts?.push(await repository.resolve(range[2] || 'HEAD'));
    } else if (word.startsWith('^')) hidden?.push(await repository.resolve(word.slice(1)));
    else if ((await repository.tryResolve(word)) !== undefined) starts?.push(await repository.resolve(word));
    else if (
      options.paths === undefined &&
      (await repository.blobAt((await repository.head()) ?? '', repository.inside(word))) !== undefined
    )
      paths?.push(word);
    else await repository.resolve(word);
  }
  if (options.has('all'))
    for (const branch of await git.listBranches({ ...repository.args }))
      starts?.push(await repository.resolve(`refs/heads/${branch}`));
  return { starts: starts ?? [], hidden: hidden ?? [], paths: paths ?? [] };
}

export async function log(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(args, SPEC, TEXT);
  const { starts, hidden, paths } = await rangeOf(repository, options);
  const head = await repository.head();
  if (starts.length === 0) {
    if (head === undefined)
      throw new GitFailure(
        `your current branch '${(await repository.branch()) ?? 'HEAD'}' does not have any commits yet`,
      );
    starts.push(head);
  }
  const style = await styleOf(repository, options);
  const [path] = paths;
  let first = true;
  for (const entry of chosen(
    await history(repository, starts, hidden, path === undefined ? undefined : repository.inside(path)),
    options,
  )) {
    await printEntry(repository, entry, options, style, first);
    first = false;
  }
  return 0;
}

export async function revList(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(args, [...SPEC, 'count'], 'git rev-list [<options>] <commit>...');
  const { starts, hidden } = await rangeOf(repository, options);
  const entries = chosen(await history(repository, starts, hidden, undefined), options);
  process.stdout.write(
    options.has('count') ? `${entries.length}\n` : entries.map(({ oid }) => `${oid}\n`).join(''),
  );
  return 0;
}

export async function show(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(args, SPEC, 'git show [<options>] [<object>...]');
  for (const name of options.words.length > 0 ? options.words : ['HEAD']) {
    const file = /^(.*?):(.*)$/.exec(name);
    if (file) {
      const blob = await repository.blobAt(await repository.resolve(file[1] || 'HEAD'), file[2] ?? '');
      if (blob === undefined)
        throw new GitFailure(`path '${file[2]}' does not exist in '${file[1] || 'HEAD'}'`);
      process.stdout.write(blob);
      continue;
    }
    const entry = await git.readCommit({ ...repository.args, oid: await repository.resolve(name) });
    const style = await styleOf(repository, options);
    const isText = style.kind === 'lines' || style.kind === 'separated';
    process.stdout.write(
      isText ? `${formatted(entry, style)}\n` : commitText(entry, style, style.kind === 'full'),
    );
    if (options.has('s') || entry.commit.parent.length > 1) continue;
    const [parent] = entry.commit.parent;
    process.stdout.write('\n');
    printPairs(
      await pairsOf(repository, parent === undefined ? 'nothing' : { tree: parent }, { tree: entry.oid }, []),
      options,
    );
  }
  return 0;
}
