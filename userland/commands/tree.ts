import { errorText } from '../program/errors.ts';
import { globToRegExp } from '../text/glob.ts';
import { humanSize, parseCount } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { joinPath } from '../files/paths.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { FileType, isDirectory, isLink, modeString, type Status, status, typeOf } from '../files/stat.ts';
import { wantsColor } from '../program/terminal.ts';
import { decodeText } from '../text/text.ts';
import { compareCodePoints } from '../files/walk.ts';

const SPECS = {
  all: { short: 'a' },
  directories: { short: 'd' },
  fullPath: { short: 'f' },
  noLines: { short: 'i' },
  follow: { short: 'l' },
  level: { short: 'L', value: 'required' },
  pattern: { short: 'P', value: 'required' },
  ignore: { short: 'I', value: 'required' },
  size: { short: 's' },
  human: { short: 'h' },
  protection: { short: 'p' },
  classify: { short: 'F' },
  reverse: { short: 'r' },
  byTime: { short: 't' },
  unsorted: { short: 'U' },
  directoriesFirst: { long: 'dirsfirst' },
  prune: { long: 'prune' },
  noReport: { long: 'noreport' },
  color: { short: 'C' },
  noColor: { short: 'n' },
  json: { short: 'J' },
  output: { short: 'o', value: 'required' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

interface Node {
  readonly name: string;
  readonly path: string;
  readonly status: Status;
  readonly target: string | undefined;
  children?: Node[];
  error?: string;
}

const BRANCH = ['├── ', '└── '] as const;
const STEM = ['│\u00a0\u00a0 ', '    '] as const;
const EXECUTABLE = 0o111;

class Tree {
  directories = 0;
  files = 0;
  readonly #context: ProgramContext;
  readonly #options: Options;
  readonly #depth: number;
  readonly #wanted: RegExp[];
  readonly #ignored: RegExp[];
  readonly #color: boolean;

  constructor(context: ProgramContext, options: Options) {
    this.#context = context;
    this.#options = options;
    const level = options.value('level');
    this.#depth = level === undefined ? Infinity : parseCount(level, 'level');
    if (this.#depth === 0) throw new UsageError('Invalid level, must be greater than 0.');
    const patterns = (name: 'pattern' | 'ignore'): RegExp[] =>
      options.occurrences.flatMap((one) =>
        one.name === name ? (one.value ?? '').split('|').map((text) => globToRegExp(text)) : [],
      );
    this.#wanted = patterns('pattern');
    this.#ignored = patterns('ignore');
    this.#color =
      options.has('color') ||
      (!options.has('noColor') && wantsColor(context, 'auto') && context.env['LS_COLORS'] !== undefined);
  }

  read(path: string, name: string, depth: number): Node | string {
    const { files } = this.#context.system;
    const found = status(files, path, depth === 0 || this.#options.has('follow'));
    if (typeof found === 'number') {
      const itself = status(files, path, false);
      if (typeof itself === 'number') return errorText(itself);
      return this.#node(path, name, itself);
    }
    const node = this.#node(path, name, found);
    if (isDirectory(found) && depth < this.#depth) this.#readChildren(node, depth);
    return node;
  }

  #node(path: string, name: string, found: Status): Node {
    const link = isLink(found) ? this.#context.system.files.readlink(path) : undefined;
    return {
      path,
      name,
      status: found,
      target: link === undefined || typeof link === 'number' ? undefined : decodeText(link),
    };
  }

  #readChildren(node: Node, depth: number): void {
    const { has } = this.#options;
    const list = this.#context.system.files.readdir(node.path, false);
    if (typeof list === 'number') {
      node.error = '[error opening dir]';
      return;
    }
    const children = list.names
      .filter((name) => (has('all') || !name.startsWith('.')) && !this.#ignored.some((one) => one.test(name)))
      .map((name) => this.read(joinPath(node.path, name), name, depth + 1))
      .filter((child) => typeof child !== 'string')
      .filter(
        (child) =>
          isDirectory(child.status) ||
          (!has('directories') &&
            (this.#wanted.length === 0 || this.#wanted.some((one) => one.test(child.name)))),
      )
      .filter((child) => !has('prune') || !isDirectory(child.status) || (child.children?.length ?? 0) > 0);
    if (!has('unsorted'))
      children.sort(
        (a, b) =>
          (has('byTime') ? a.status.mtime.seconds - b.status.mtime.seconds : 0) ||
          compareCodePoints(a.name, b.name),
      );
    if (has('reverse')) children.reverse();
    if (has('directoriesFirst'))
      children.sort((a, b) => Number(isDirectory(b.status)) - Number(isDirectory(a.status)));
    node.children = children;
  }

  print(node: Node, stem = '', branch = ''): void {
    const isRoot = branch === '' && stem === '';
    const shown = isRoot || this.#options.has('fullPath') ? node.path : node.name;
    const link = node.target === undefined ? '' : ` -> ${node.target}`;
    const facts = this.#facts(node.status);
    const lead = this.#options.has('noLines') ? '' : stem.slice(0, -4) + branch;
    const error = node.error === undefined ? '' : `  ${node.error}`;
    this.#context.stdout.write(
      `${lead}${facts}${this.#colored(shown, node.status)}${this.#mark(node.status)}${link}${error}\n`,
    );
    node.children?.forEach((child, index, all) => {
      const last = index === all.length - 1 ? 1 : 0;
      if (isDirectory(child.status)) this.directories++;
      else this.files++;
      this.print(child, stem + STEM[last], BRANCH[last]);
    });
  }

  json(node: Node): unknown {
    const type = isDirectory(node.status) ? 'directory' : isLink(node.status) ? 'link' : 'file';
    node.children?.forEach((child) => (isDirectory(child.status) ? this.directories++ : this.files++));
    const contents = node.children?.map((child) => this.json(child));
    return {
      type,
      name: node.name,
      ...(node.target === undefined ? {} : { target: node.target }),
      ...(contents === undefined ? {} : { contents }),
    };
  }

  #facts(found: Status): string {
    const { has } = this.#options;
    const facts: string[] = [];
    if (has('protection')) facts.push(modeString(found.mode));
    if (has('human')) facts.push(humanSize(found.size).padStart(4));
    else if (has('size')) facts.push(String(found.size).padStart(11));
    return facts.length > 0 ? `[${facts.join(' ')}]  ` : '';
  }

  #mark(found: Status): string {
    if (!this.#options.has('classify')) return '';
    const type = typeOf(found);
    if (type === FileType.directory) return '/';
    if (type === FileType.socket) return '=';
    if (type === FileType.fifo) return '|';
    return type === FileType.regular && found.mode & EXECUTABLE ? '*' : '';
  }

  #colored(text: string, found: Status): string {
    if (!this.#color) return text;
    const type = typeOf(found);
    const code =
      type === FileType.directory
        ? '01;34'
        : type === FileType.link
          ? '01;36'
          : type === FileType.regular && found.mode & EXECUTABLE
            ? '01;32'
            : '';
    return code === '' ? text : `\x1b[${code}m${text}\x1b[0m`;
  }
}

export const tree: Program = {
  name: 'tree',
  usage: 'tree [OPTION]... [DIRECTORY]...',
  help: `Show folders with all that is in them.

  -a   hidden files too        -d   folders only         -l   follow links
  -f   whole paths             -i   no lines             -F   / * = | after names
  -L N at most N levels        -P PATTERN  only files that match
  -I PATTERN  not what matches (a|b)       --prune  no empty folders
  -s  -h   sizes               -p   modes                -t  -r  -U   by time, reversed, unsorted
      --dirsfirst   --noreport   -C  -n   with, without colours       -J   as JSON`,
  usageStatus: 1,
  main(context) {
    const options = parseOptions(context.args, SPECS);
    const view = new Tree(context, options);
    const roots = (options.operands.length > 0 ? options.operands : ['.']).map((path) => ({
      path,
      node: view.read(path, path, 0),
    }));
    let failed = false;
    if (options.has('json')) {
      const trees = roots.map(({ path, node }) =>
        typeof node === 'string' ? { error: `${path}: ${node}` } : view.json(node),
      );
      context.stdout.write(
        `${JSON.stringify([...trees, { type: 'report', directories: view.directories, files: view.files }], undefined, 2)}\n`,
      );
      return 0;
    }
    for (const { path, node } of roots) {
      if (typeof node === 'string' || !isDirectory(node.status)) {
        context.stdout.write(`${path}  [error opening dir]\n`);
        failed = true;
      } else view.print(node);
    }
    if (!options.has('noReport')) {
      const count = (number: number, one: string, many: string): string =>
        `${number} ${number === 1 ? one : many}`;
      const files = options.has('directories') ? '' : `, ${count(view.files, 'file', 'files')}`;
      context.stdout.write(`\n${count(view.directories, 'directory', 'directories')}${files}\n`);
    }
    return failed ? 2 : 0;
  },
};
