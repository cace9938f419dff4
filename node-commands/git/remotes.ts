/** clone, remote, fetch, pull, push: over http(s). */
import fs from 'node:fs';
import path from 'node:path';
import git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { setUpstream } from './branch.ts';
import { mergeCommit } from './merge.ts';
import { GitFailure } from './failure.ts';
import { parseWords } from './options.ts';
import { Repository, shortId } from './repository.ts';
import { aheadBehind, upstreamOf } from './status.ts';

const REFUSED = 'only http:// and https:// remotes are supported here';

async function transport(
  config: (name: string) => Promise<string | undefined>,
  url: string,
): Promise<object> {
  const proxy = process.env['GIT_CORS_PROXY'] ?? (await config('http.corsProxy'));
  const named = new URL(url);
  const username = decodeURIComponent(named.username) || process.env['GIT_USERNAME'];
  const password =
    decodeURIComponent(named.password) || process.env['GIT_PASSWORD'] || process.env['GIT_TOKEN'];
  return {
    http,
    ...(proxy === undefined ? {} : { corsProxy: proxy }),
    onAuth: () => (username || password ? { username: username ?? 'token', password } : { cancel: true }),
    onAuthFailure: () => ({ cancel: true }),
  };
}

function requireHttp(url: string): void {
  if (!/^https?:\/\//.test(url)) throw new GitFailure(`unable to access '${url}': ${REFUSED}`);
}

/** What isomorphic-git threw, in git's words. */
function unreachable(url: string, error: unknown): GitFailure {
  const { message, code, data } = error as Error & { code?: string; data?: { statusCode?: number } };
  if (code === 'UserCanceledError' || data?.statusCode === 401)
    return new GitFailure(`Authentication failed for '${url}'`);
  if (data?.statusCode === 404) return new GitFailure(`repository '${url}' not found`);
  return new GitFailure(`unable to access '${url}': ${message}`);
}

export async function clone(
  args: readonly string[],
  overrides: ReadonlyMap<string, string>,
): Promise<number> {
  const options = parseWords(
    args,
    [
      'b,branch=',
      'depth=',
      'single-branch',
      'o,origin=',
      'q,quiet',
      'n,no-checkout',
      'no-tags',
      'recursive,recurse-submodules',
      'bare',
      'progress',
    ],
    'git clone [<options>] [--] <repo> [<dir>]',
  );
  const [url, given] = [...options.words, ...(options.paths ?? [])];
  if (url === undefined) throw new GitFailure('You must specify a repository to clone.');
  if (options.has('bare')) throw new GitFailure('--bare is not supported');
  requireHttp(url);
  const name = given ?? path.basename(new URL(url).pathname).replace(/\.git$/, '');
  const dir = path.resolve(name);
  if (fs.existsSync(dir) && fs.readdirSync(dir).length > 0)
    throw new GitFailure(`destination path '${name}' already exists and is not an empty directory.`);
  const existed = fs.existsSync(dir);
  if (!options.has('q')) process.stderr.write(`Cloning into '${name}'...\n`);
  fs.mkdirSync(dir, { recursive: true });
  const repository = Repository.at(dir, overrides);
  const [ref, depth] = [options.value('b'), options.value('depth')];
  try {
    await git.clone({
      ...repository.args,
      ...(await transport((key) => Promise.resolve(overrides.get(key.toLowerCase())), url)),
      http,
      url,
      remote: options.value('o') ?? 'origin',
      singleBranch: options.has('single-branch') || depth !== undefined,
      noCheckout: options.has('n'),
      noTags: options.has('no-tags'),
      ...(ref === undefined ? {} : { ref }),
      ...(depth === undefined ? {} : { depth: Number(depth) }),
    });
  } catch (error) {
    fs.rmSync(existed ? path.join(dir, '.git') : dir, { recursive: true, force: true });
    throw unreachable(url, error);
  }
  const branch = await repository.branch();
  if (branch !== undefined) await setUpstream(repository, branch, options.value('o') ?? 'origin', branch);
  return 0;
}

export async function remote(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['v,verbose', 'f', 'push'],
    'git remote [-v]   or: git remote add <name> <url>   or: git remote remove <name>   or: git remote get-url <name>   or: git remote set-url <name> <url>',
  );
  const [verb, name = '', url = ''] = options.words;
  const all = await git.listRemotes({ ...repository.args });
  const known = all.find((one) => one.remote === name);
  const requireKnown = (): void => {
    if (known === undefined) throw new GitFailure(`No such remote: '${name}'`, 2, 'error: ');
  };
  switch (verb) {
    case undefined:
      for (const one of all)
        process.stdout.write(
          options.has('v')
            ? `${one.remote}\t${one.url} (fetch)\n${one.remote}\t${one.url} (push)\n`
            : `${one.remote}\n`,
        );
      return 0;
    case 'add':
      if (known !== undefined) throw new GitFailure(`remote ${name} already exists.`, 3, 'error: ');
      await git.addRemote({ ...repository.args, remote: name, url });
      return 0;
    case 'remove':
    case 'rm':
      requireKnown();
      await git.deleteRemote({ ...repository.args, remote: name });
      return 0;
    case 'get-url':
      requireKnown();
      process.stdout.write(`${known?.url}\n`);
      return 0;
    case 'set-url':
      requireKnown();
      await git.addRemote({ ...repository.args, remote: name, url, force: true });
      return 0;
    default:
      throw new GitFailure(`Unknown subcommand: ${verb}`, 129, 'error: ');
  }
}

async function urlOf(repository: Repository, name: string): Promise<string> {
  const known = (await git.listRemotes({ ...repository.args })).find((one) => one.remote === name);
  if (known === undefined)
    throw new GitFailure(
      `'${name}' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.`,
    );
  requireHttp(known.url);
  return known.url;
}

export async function fetch(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['q,quiet', 'p,prune', 't,tags', 'depth=', 'all', 'f,force', 'v,verbose'],
    'git fetch [<options>] [<repository> [<refspec>...]]',
  );
  const [name = await defaultRemote(repository), ref] = options.words;
  await fetchFrom(repository, name, {
    ref,
    depth: options.value('depth'),
    prune: options.has('p'),
    tags: options.has('t'),
    quiet: options.has('q'),
  });
  return 0;
}

async function defaultRemote(repository: Repository): Promise<string> {
  const current = await repository.branch();
  return (current === undefined ? undefined : (await upstreamOf(repository, current))?.remote) ?? 'origin';
}

interface FetchOptions {
  readonly ref?: string | undefined;
  readonly depth?: string | undefined;
  readonly prune?: boolean;
  readonly tags?: boolean;
  readonly quiet?: boolean;
}

async function fetchFrom(repository: Repository, name: string, options: FetchOptions): Promise<void> {
  const url = await urlOf(repository, name);
  const heads = async (): Promise<Map<string, string>> => {
    const names = await git.listBranches({ ...repository.args, remote: name }).catch(() => []);
    const pairs = await Promise.all(
      names.map(
        async (one) => [one, (await repository.tryResolve(`refs/remotes/${name}/${one}`)) ?? ''] as const,
      ),
    );
    return new Map(pairs);
  };
  const before = await heads();
  try {
    await git.fetch({
      ...repository.args,
      ...(await transport((key) => repository.config(key), url)),
      http,
      remote: name,
      prune: options.prune ?? false,
      tags: options.tags ?? false,
      singleBranch: options.ref !== undefined,
      ...(options.ref === undefined ? {} : { remoteRef: options.ref, ref: options.ref }),
      ...(options.depth === undefined ? {} : { depth: Number(options.depth) }),
    });
  } catch (error) {
    throw unreachable(url, error);
  }
  if (options.quiet) return;
  const lines = [...(await heads())].flatMap(([branch, oid]) => {
    const old = before.get(branch);
    if (branch === 'HEAD' || old === oid) return [];
    const what = old === undefined ? ' * [new branch]     ' : `   ${shortId(old)}..${shortId(oid)} `;
    return [`${what} ${branch.padEnd(10)} -> ${name}/${branch}`];
  });
  if (lines.length > 0) process.stderr.write(`From ${url.replace(/\.git\/?$/, '')}\n${lines.join('\n')}\n`);
}

export async function pull(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    ['q,quiet', 'ff-only', 'no-rebase', 'r,rebase?', 'no-ff', 'ff', 'no-edit', 'depth='],
    'git pull [<options>] [<repository> [<refspec>...]]',
  );
  if (options.has('r') && options.value('r') !== 'false')
    throw new GitFailure('pulling by rebase is not supported: use git pull --no-rebase');
  const current = await repository.branch();
  const upstream = current === undefined ? undefined : await upstreamOf(repository, current);
  const [name = upstream?.remote, ref = upstream?.branch] = options.words;
  if (name === undefined || ref === undefined)
    throw new GitFailure(
      'There is no tracking information for the current branch.\nPlease specify which branch you want to merge with.',
      1,
      '',
    );
  await fetchFrom(repository, name, { quiet: options.has('q') });
  const theirs = await repository.resolve(`refs/remotes/${name}/${ref}`);
  return await mergeCommit(repository, `${name}/${ref}`, theirs, {
    message: undefined,
    noFastForward: options.has('no-ff'),
    onlyFastForward: options.has('ff-only'),
    quiet: options.has('q'),
  });
}

export async function push(repository: Repository, args: readonly string[]): Promise<number> {
  const options = parseWords(
    args,
    [
      'u,set-upstream',
      'f,force',
      'd,delete',
      'q,quiet',
      'tags',
      'force-with-lease',
      'all',
      'v,verbose',
      'no-verify',
    ],
    'git push [<options>] [<repository> [<refspec>...]]',
  );
  const current = await repository.branch();
  const [name = await defaultRemote(repository), ...refs] = options.words;
  const url = await urlOf(repository, name);
  if (refs.length === 0 && options.has('tags'))
    refs.push(...(await git.listTags({ ...repository.args })).map((one) => `refs/tags/${one}`));
  if (refs.length === 0) {
    if (current === undefined) throw new GitFailure('You are not currently on a branch.');
    refs.push(current);
  }
  const out: string[] = [];
  for (const spec of refs) {
    const [, plus, from = '', to = from] = /^(\+?)([^:]*)(?::(.*))?$/.exec(spec) ?? [];
    const removes = options.has('d') || from === '';
    const target = to === 'HEAD' ? (current ?? to) : to;
    const ref = from === 'HEAD' ? (current ?? from) : from;
    const old = await repository.tryResolve(`refs/remotes/${name}/${target}`);
    if (!removes && (await repository.tryResolve(ref)) === undefined)
      throw new GitFailure(
        `src refspec ${ref} does not match any\nerror: failed to push some refs to '${url}'`,
        1,
        'error: ',
      );
    await pushOne(repository, {
      name,
      url,
      ref,
      target,
      removes,
      force: options.has('f') || options.has('force-with-lease') || plus === '+',
    });
    const oid = removes ? undefined : await repository.tryResolve(ref);
    if (removes) out.push(` - [deleted]         ${target}`);
    else if (old === undefined) out.push(` * [new branch]      ${ref} -> ${target}`);
    else if (old === oid) out.push('Everything up-to-date');
    else out.push(`   ${shortId(old)}..${shortId(oid ?? '')}  ${ref} -> ${target}`);
    if (!removes && options.has('u')) {
      await setUpstream(repository, ref, name, target);
      process.stdout.write(`branch '${ref}' set up to track '${name}/${target}'.\n`);
    }
  }
  if (!options.has('q'))
    process.stderr.write(
      out.every((line) => line === 'Everything up-to-date')
        ? 'Everything up-to-date\n'
        : `To ${url}\n${out.join('\n')}\n`,
    );
  return 0;
}

interface Push {
  readonly name: string;
  readonly url: string;
  readonly ref: string;
  readonly target: string;
  readonly removes: boolean;
  readonly force: boolean;
}

async function pushOne(
  repository: Repository,
  { name, url, ref, target, removes, force }: Push,
): Promise<void> {
  try {
    const result = await git.push({
      ...repository.args,
      ...(await transport((key) => repository.config(key), url)),
      http,
      remote: name,
      ref: removes ? target : ref,
      remoteRef: target.startsWith('refs/') ? target : `refs/heads/${target}`,
      force,
      delete: removes,
    });
    if (!result.ok)
      throw new GitFailure(`failed to push some refs to '${url}': ${result.error ?? ''}`, 1, 'error: ');
  } catch (error) {
    if (error instanceof GitFailure) throw error;
    if ((error as { code?: string }).code === 'PushRejectedError') {
      const theirs = await repository.tryResolve(`refs/remotes/${name}/${target}`);
      const [, behind] =
        theirs === undefined ? [0, 1] : await aheadBehind(repository, await repository.resolve(ref), theirs);
      process.stderr.write(
        `To ${url}\n ! [rejected]        ${ref} -> ${target} (${behind > 0 ? 'non-fast-forward' : 'fetch first'})\n`,
      );
      throw new GitFailure(`failed to push some refs to '${url}'`, 1, 'error: ');
    }
    throw unreachable(url, error);
  }
}
