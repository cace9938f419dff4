/** `set -o` options by name, with their letter where they have one. */
export const OPTION_LETTERS: Readonly<Record<string, string>> = {
  allexport: 'a',
  braceexpand: 'B',
  errexit: 'e',
  hashall: 'h',
  histexpand: 'H',
  monitor: 'm',
  noclobber: 'C',
  noexec: 'n',
  noglob: 'f',
  notify: 'b',
  nounset: 'u',
  errtrace: 'E',
  functrace: 'T',
  verbose: 'v',
  xtrace: 'x',
  emacs: '',
  vi: '',
  history: '',
  ignoreeof: '',
  pipefail: '',
  posix: '',
  privileged: 'p',
  physical: 'P',
  keyword: 'k',
  onecmd: 't',
  nolog: '',
  'interactive-comments': '',
};

/** `$-` in bash's order. */
const LETTERS = 'abefhikmnprtuvxBCEHPTcs';

/** `shopt` options, and which are on at the start. */
export const SHOPT_DEFAULTS: Readonly<Record<string, boolean>> = {
  autocd: false,
  cdspell: false,
  checkwinsize: true,
  cmdhist: true,
  complete_fullquote: true,
  dirspell: false,
  dotglob: false,
  execfail: false,
  expand_aliases: false,
  extglob: true,
  extquote: true,
  failglob: false,
  force_fignore: true,
  globasciiranges: true,
  globskipdots: true,
  globstar: false,
  gnu_errfmt: false,
  histappend: false,
  hostcomplete: true,
  huponexit: false,
  inherit_errexit: false,
  interactive_comments: true,
  lastpipe: false,
  lithist: false,
  localvar_inherit: false,
  login_shell: false,
  nocaseglob: false,
  nocasematch: false,
  nullglob: false,
  patsub_replacement: true,
  progcomp: true,
  promptvars: true,
  shift_verbose: false,
  sourcepath: true,
  xpg_echo: false,
};

export class Options {
  readonly #on: Set<string>;
  readonly #shopt: Map<string, boolean>;
  /** How the shell was started, as `$-` shows it: `i` interactive, `c` -c, `s` standard input. */
  invocation: string;

  constructor(
    on: Iterable<string> = ['braceexpand', 'hashall', 'interactive-comments'],
    shopt: Iterable<[string, boolean]> = Object.entries(SHOPT_DEFAULTS),
    invocation = '',
  ) {
    this.invocation = invocation;
    this.#on = new Set(on);
    this.#shopt = new Map(shopt);
  }
  clone(): Options {
    return new Options(this.#on, this.#shopt, this.invocation);
  }

  has(name: string): boolean {
    return this.#on.has(name);
  }
  /** False when there is no such option. */
  set(name: string, on: boolean): boolean {
    if (OPTION_LETTERS[name] === undefined) return false;
    if (on) this.#on.add(name);
    else this.#on.delete(name);
    // One editor at a time.
    if (on && name === 'vi') this.#on.delete('emacs');
    if (on && name === 'emacs') this.#on.delete('vi');
    return true;
  }
  nameOf(letter: string): string | undefined {
    return Object.keys(OPTION_LETTERS).find((name) => OPTION_LETTERS[name] === letter && letter !== '');
  }
  /** `$-` */
  get letters(): string {
    const on = new Set([...this.#on].map((name) => OPTION_LETTERS[name]));
    return [...LETTERS].filter((letter) => on.has(letter) || this.invocation.includes(letter)).join('');
  }

  shopt(name: string): boolean {
    return this.#shopt.get(name) ?? false;
  }
  setShopt(name: string, on: boolean): boolean {
    if (!this.#shopt.has(name)) return false;
    this.#shopt.set(name, on);
    return true;
  }
  shoptNames(): string[] {
    return [...this.#shopt.keys()].sort();
  }
  entries(): { on: string[]; shopt: [string, boolean][]; invocation: string } {
    return { on: [...this.#on], shopt: [...this.#shopt], invocation: this.invocation };
  }
}

/** `set editing-mode vi` of readline is the shell's `set -o vi`. */
export function takeEditingMode({
  bindings,
  options,
}: {
  readonly bindings: { takeMode(): string | undefined };
  readonly options: Options;
}): void {
  const mode = bindings.takeMode();
  if (mode !== undefined) options.set(mode, true);
}
