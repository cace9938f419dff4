import { describe, expect, it } from 'vitest';
import { parseEnvironmentFile } from '../../../polyfills/options/dotenv.ts';
import { configFileOf, parseConfigFile } from '../../../polyfills/options/config-file.ts';
import { parseOptions, splitNodeOptions } from '../../../polyfills/options/parser.ts';
import type { OptionFacts } from '../../../polyfills/context.ts';
import encoded from '../../../polyfills/generated/facts.json' with { type: 'json' };

const facts = encoded.options as unknown as OptionFacts;
const parse = (args: string[], nodeOptions?: string) => parseOptions(facts, args, nodeOptions);

describe('the command line of node', () => {
  it('ends its options at the script', () => {
    const { values, execArgv, args, errors } = parse(['--trace-warnings', 'a.js', '--trace-warnings', 'x']);
    expect(errors).toEqual([]);
    expect(values['--trace-warnings']).toBe(true);
    expect(execArgv).toEqual(['--trace-warnings']);
    expect(args).toEqual(['a.js', '--trace-warnings', 'x']);
  });
  it('takes values beside and within the word, with underscores', () => {
    expect(parse(['--stack_trace_limit=3', 'a']).values['--stack-trace-limit']).toBe(3);
    expect(parse(['--conditions', 'x', '-C', 'y']).values['--conditions']).toEqual(['x', 'y']);
  });
  it('expands aliases: -pe, -p with and without code', () => {
    expect(parse(['-pe', '1']).values).toMatchObject({
      '--print': true,
      '--eval': '1',
      '[has_eval_string]': true,
    });
    expect(parse(['-p', '1']).values).toMatchObject({ '--print': true, '--eval': '1' });
    expect(parse(['-e', '-1']).errors).toEqual(['-e requires an argument']);
    expect(parse(['-e', '\\-1']).values['--eval']).toBe('-1');
  });
  it('negates booleans only', () => {
    expect(parse(['--no-warnings']).values['--warnings']).toBe(false);
    expect(parse(['--no-conditions']).errors).toHaveLength(1);
  });
  it('refuses what nobody knows, and takes the options of V8', () => {
    expect(parse(['--foo']).errors).toEqual(['bad option: --foo']);
    expect(parse(['--expose-gc', '--max-old-space-size=99']).errors).toEqual([]);
  });
  it('looks at the share of memory that the heap may have', () => {
    const share = (text: string) => parse([`--max-old-space-size-percentage=${text}`]).errors.length;
    expect(['1', '25.5', '100'].map(share)).toEqual([0, 0, 0]);
    expect(['', '0', '101', '-1', 'abc', '1%'].map(share)).toEqual([1, 1, 1, 1, 1, 1]);
  });
  it('lets the line override NODE_OPTIONS, which may not hold everything', () => {
    expect(parse(['--no-warnings'], '--warnings').values['--warnings']).toBe(false);
    expect(parse([], '--eval 1').errors).toEqual(['--eval is not allowed in NODE_OPTIONS']);
    expect(parse([], '--').errors).toEqual(['-- is not allowed in NODE_OPTIONS']);
  });
  it('refuses pairs that exclude each other', () => {
    expect(parse(['--check', '-e', '1']).errors).toEqual(['either --check or --eval can be used, not both']);
  });
  it('refuses the permission model, which nothing here enforces', () => {
    expect(parse(['--permission', 'a.js']).errors).toHaveLength(1);
    expect(parse([], '--permission').errors).toHaveLength(1);
  });
  it('implies', () => {
    expect(parse(['--experimental-transform-types']).values).toMatchObject({ '--enable-source-maps': true });
  });
});

describe('a configuration file', () => {
  const read = (config: unknown) => parseConfigFile(facts, 'node.config.json', JSON.stringify(config));

  it('is asked for by name, by its default name, or not', () => {
    expect(configFileOf(['a.js'])).toBe(undefined);
    expect(configFileOf(['--experimental-config-file=x.json', 'a.js'])).toBe('x.json');
    const words = ['--experimental-default-config-file'];
    expect(configFileOf(words)).toBe('node.config.json');
    expect(words).toEqual(['--experimental-config-file=node.config.json']);
    expect(configFileOf(['--experimental-default-config-file=x'])).toHaveProperty('error');
  });
  it('gives options of its sections, which NODE_OPTIONS and the line override', () => {
    const configured = read({
      $schema: 'x',
      nodeOptions: { warnings: false, 'max-http-header-size': 8192, import: ['a', 'b'] },
      test: { 'test-isolation': 'none' },
    });
    if ('error' in configured) throw new Error(configured.error);
    expect(parseOptions(facts, ['--max-http-header-size=9', 'a.js'], '--warnings', configured)).toMatchObject(
      {
        values: {
          '--warnings': true,
          '--max-http-header-size': 9,
          '--import': ['a', 'b'],
          '--test-isolation': 'none',
        },
        execArgv: ['--max-http-header-size=9'],
        errors: [],
      },
    );
  });
  it.each([
    [{ nodeOptions: { eval: '1' } }, 'Unknown or not allowed option eval for namespace nodeOptions'],
    [{ nodeOptions: { warnings: 1 } }, 'Invalid value for --warnings'],
    [{ other: {} }, 'Unknown namespace other'],
    [{ testRunner: {} }, 'the "testRunner" namespace has been removed'],
    [[], 'Root value unexpected not an object for node.config.json'],
  ])('says what is wrong: %j', (config, message) => {
    expect((read(config) as { error: string }).error).toContain(message);
  });
});

describe('NODE_OPTIONS', () => {
  it('groups by double quotes and escapes within them', () => {
    expect(splitNodeOptions('--a "b c"  --d="e \\" f"').words).toEqual(['--a', 'b c', '--d=e " f']);
    expect(splitNodeOptions('"a').error).toMatch('unterminated string');
  });
});

describe('files of environment variables', () => {
  it('reads quotes, comments, export and lines', () => {
    const text = `A=1\n# c\nexport B = two # tail\nC="x\\ny"\nD='a\\nb'\nE="p\nq"\nF=\nbad line\n`;
    expect(parseEnvironmentFile(text)).toEqual({ A: '1', B: 'two', C: 'x\ny', D: 'a\\nb', E: 'p\nq', F: '' });
  });
});
