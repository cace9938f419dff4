import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Run, runHost, runUserland } from '../../support/run-userland.ts';

const has = (tool: string): boolean => spawnSync('which', [tool]).status === 0;
const TIME = 1_600_000_000;
let root = '';
let input = '';

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'archive-'));
  fs.mkdirSync(path.join(root, 'tree/below'), { recursive: true });
  // Compresses well, not at all, is nothing.
  fs.writeFileSync(path.join(root, 'tree/text'), 'the quick brown fox\n'.repeat(20_000));
  fs.writeFileSync(path.join(root, 'tree/below/noise'), noise(150_000));
  fs.writeFileSync(path.join(root, 'tree/empty'), '');
  fs.writeFileSync(path.join(root, 'tree/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  fs.symlinkSync('text', path.join(root, 'tree/link'));
  for (const name of fs.readdirSync(root, { recursive: true }) as string[])
    fs.lutimesSync(path.join(root, name), TIME, TIME);
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (state * 48_271) % 0x7fffffff) & 255);
}

const ours = (...argv: string[]): Run => runUserland(argv, root, input);
const theirs = (...argv: string[]): Run => runHost(argv, root, input);
/** Both answer the same. */
function same(...argv: string[]): void {
  const [mine, real] = [ours(...argv), theirs(...argv)];
  expect({ argv, status: mine.status, stdout: mine.stdout }).toEqual({
    argv,
    status: real.status,
    stdout: real.stdout,
  });
}
/** Path, mode, time and content of everything in a folder. */
function contents(folder: string): string[] {
  const at = path.join(root, folder);
  return (fs.readdirSync(at, { recursive: true }) as string[]).sort().map((name) => {
    const found = fs.lstatSync(path.join(at, name));
    const text = found.isFile()
      ? fs.readFileSync(path.join(at, name), 'latin1')
      : found.isSymbolicLink()
        ? fs.readlinkSync(path.join(at, name))
        : '';
    return `${name} ${found.mode.toString(8)} ${found.isFile() ? found.mtimeMs : ''} ${text}`;
  });
}

describe.skipIf(!has('gzip'))('gzip', () => {
  it('packs what gzip unpacks, and the other way round, keeping name, mode and time', () => {
    const before = fs.statSync(path.join(root, 'tree/text'));
    expect(ours('gzip', 'tree/text').status).toBe(0);
    expect(fs.existsSync(path.join(root, 'tree/text'))).toBe(false);
    expect(theirs('gzip', '-t', 'tree/text.gz').status).toBe(0);
    expect(theirs('gunzip', '-N', 'tree/text.gz').status).toBe(0);
    expect(fs.statSync(path.join(root, 'tree/text')).mtimeMs).toBe(before.mtimeMs);
    theirs('gzip', '-9', 'tree/below/noise', 'tree/text');
    expect(ours('gunzip', 'tree/below/noise.gz', 'tree/text').status).toBe(0);
    expect(fs.readFileSync(path.join(root, 'tree/below/noise'))).toEqual(Buffer.from(noise(150_000)));
    expect(fs.statSync(path.join(root, 'tree/text')).mtimeMs).toBe(before.mtimeMs);
  });

  it('answers as gzip for what it will not do', () => {
    theirs('gzip', '-k', 'tree/text');
    for (const argv of [
      ['gzip', 'tree/text.gz'],
      ['gzip', 'tree/text'],
      ['gzip', 'tree'],
      ['gzip', 'missing'],
      ['gzip', 'tree/link'],
      ['gunzip', '-c', 'tree/text.gz'],
      ['zcat', 'tree/text'],
      ['gunzip', 'tree/run.sh'],
      ['gzip', '-l', 'tree/text.gz'],
      ['gzip', '-tv', 'tree/text.gz'],
      ['gzip', '-dc', 'tree/run.sh'],
      ['gzip', '-dcf', 'tree/run.sh'],
      ['gzip', '--nonsense'],
    ])
      same(...argv);
  });

  it('reads members one after the other, and warns of what follows them', () => {
    theirs('gzip', '-k', 'tree/text', 'tree/run.sh');
    const file = path.join(root, 'both.gz');
    fs.writeFileSync(
      file,
      Buffer.concat(['tree/text.gz', 'tree/run.sh.gz'].map((name) => fs.readFileSync(path.join(root, name)))),
    );
    same('gzip', '-dc', 'both.gz');
    fs.appendFileSync(file, 'garbage');
    same('gzip', '-dc', 'both.gz');
    fs.truncateSync(file, 500);
    same('gzip', '-t', 'both.gz');
  });

  it('packs standard input', () => {
    input = 'some words '.repeat(100);
    const packed = ours('gzip');
    input = packed.stdout;
    expect(theirs('gzip', '-dc').stdout).toBe('some words '.repeat(100));
    expect(ours('gunzip').stdout).toBe('some words '.repeat(100));
    input = '';
  });
});

describe.skipIf(!has('tar') || !has('gzip'))('tar with gzip', () => {
  it('packs what tar unpacks, and the other way round', () => {
    expect(ours('tar', 'czf', 'a.tgz', 'tree').status).toBe(0);
    expect(ours('tar', '-caf', 'b.tar.gz', 'tree').status).toBe(0);
    fs.mkdirSync(path.join(root, 'x'));
    for (const archive of ['a.tgz', 'b.tar.gz'])
      expect(theirs('tar', 'xzf', archive, '-C', 'x').status).toBe(0);
    expect(contents('x/tree')).toEqual(contents('tree'));
    theirs('tar', 'czf', 'c.tgz', 'tree');
    fs.mkdirSync(path.join(root, 'y'));
    expect(ours('tar', 'xf', 'c.tgz', '-C', 'y').status).toBe(0);
    expect(contents('y/tree')).toEqual(contents('tree'));
  });

  it('writes nothing outside of its folder', () => {
    fs.mkdirSync(path.join(root, 'in'));
    fs.writeFileSync(path.join(root, 'evil'), 'evil');
    theirs('tar', '-cPf', 'up.tar', '--transform=s,^,../,', 'evil');
    theirs('tar', '-cPf', 'root.tar', `--transform=s,^,${root}/in/abs/,`, 'evil');
    fs.rmSync(path.join(root, 'evil'));
    expect(ours('tar', 'xf', 'up.tar', '-C', 'in').status).toBe(2);
    expect(fs.existsSync(path.join(root, 'evil'))).toBe(false);
    expect(ours('tar', 'xf', 'root.tar', '-C', 'in').status).toBe(0);
    expect(fs.existsSync(path.join(root, 'in/abs'))).toBe(false);
    expect(fs.existsSync(path.join(root, 'in', root, 'in/abs/evil'))).toBe(true);
  });

  it('follows no link of the archive out of its folder', () => {
    fs.mkdirSync(path.join(root, 'outside'));
    fs.mkdirSync(path.join(root, 'in'));
    fs.symlinkSync('../outside', path.join(root, 'door'));
    theirs('tar', 'cf', 'one.tar', 'door');
    fs.rmSync(path.join(root, 'door'));
    fs.mkdirSync(path.join(root, 'door'));
    fs.writeFileSync(path.join(root, 'door/through'), 'x');
    theirs('tar', 'rf', 'one.tar', 'door/through');
    ours('tar', 'xf', 'one.tar', '-C', 'in');
    expect(fs.readdirSync(path.join(root, 'outside'))).toEqual([]);
  });
});

describe.skipIf(!has('zip') || !has('unzip'))('zip', () => {
  it('packs what unzip unpacks, and the other way round', () => {
    expect(ours('zip', '-qry', 'a', 'tree').status).toBe(0);
    expect(theirs('unzip', '-tq', 'a.zip').stdout).toContain('No errors');
    theirs('unzip', '-q', 'a.zip', '-d', 'x');
    expect(contents('x/tree')).toEqual(contents('tree'));
    theirs('zip', '-qry', 'b', 'tree');
    expect(ours('unzip', '-q', 'b.zip', '-d', 'y').status).toBe(0);
    expect(contents('y/tree')).toEqual(contents('tree'));
    same('unzip', '-l', 'b.zip');
    same('unzip', '-p', 'b.zip', 'tree/text');
    same('unzip', '-Z1', 'b.zip');
    same('unzip', 'missing');
    same('unzip', '-p', 'b.zip', 'tree/nothing');
    same('unzip', '-qo', 'b.zip', 'tree/*', '-x', '*noise', '-d', 'z');
    expect(ours('unzip', '-l', 'tree/text').status).toBe(theirs('unzip', '-l', 'tree/text').status);
  });

  it('says what it does as zip and unzip do', () => {
    const mine = ours('zip', '-r', 'a.zip', 'tree/run.sh', 'tree/empty', 'tree/below/noise');
    const real = theirs('zip', '-r', 'b.zip', 'tree/run.sh', 'tree/empty', 'tree/below/noise');
    expect(mine.stdout.replace(/ \(\w+ \d+%\)/g, '')).toBe(real.stdout.replace(/ \(\w+ \d+%\)/g, ''));
    const unpacked = [ours, theirs].map((run, index) =>
      run('unzip', 'b.zip', '-d', `to${index}`).stdout.replaceAll(`to${index}`, 'to'),
    );
    expect(unpacked[0]).toBe(unpacked[1]);
  });

  it('replaces, adds and deletes entries of an archive', () => {
    theirs('zip', '-qr', 'a.zip', 'tree');
    fs.writeFileSync(path.join(root, 'tree/text'), 'new text');
    fs.writeFileSync(path.join(root, 'tree/more'), 'more');
    expect(ours('zip', '-q', 'a.zip', 'tree/text', 'tree/more').status).toBe(0);
    expect(ours('zip', '-d', 'a.zip', 'tree/below/*').status).toBe(0);
    expect(theirs('unzip', '-tq', 'a.zip').stdout).toContain('No errors');
    expect(theirs('unzip', '-p', 'a.zip', 'tree/text', 'tree/more').stdout.split('').sort().join('')).toBe(
      'new textmore'.split('').sort().join(''),
    );
    expect(theirs('unzip', '-Z1', 'a.zip').stdout).not.toContain('noise');
  });

  it('writes nothing outside of its folder', () => {
    fs.mkdirSync(path.join(root, 'deep/in'), { recursive: true });
    fs.writeFileSync(path.join(root, 'deep/evil'), 'evil');
    spawnSync('zip', ['-q', '../../up.zip', '../evil'], { cwd: path.join(root, 'deep/in') });
    fs.rmSync(path.join(root, 'deep/evil'));
    ours('unzip', '-q', 'up.zip', '-d', 'deep/in');
    expect(fs.existsSync(path.join(root, 'deep/evil'))).toBe(false);
    expect(fs.existsSync(path.join(root, 'deep/in/evil'))).toBe(true);
  });
});
