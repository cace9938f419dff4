import type { OptionFact, OptionFacts } from '../context.ts';
import { Kind } from './kinds.ts';

const DEFAULT_NAME = 'node.config.json';
const FLAG = '--experimental-config-file';
const DEFAULT_FLAG = '--experimental-default-config-file';
/** The section whose options are those that NODE_OPTIONS may have. */
const NODE_OPTIONS_SECTION = 'nodeOptions';
const REMOVED_SECTION = 'testRunner';

/** Options as words of a command line: what may stand in NODE_OPTIONS, and what the other sections set. */
export interface ConfiguredOptions {
  environment: string[];
  others: string[];
}

/**
 * Which configuration file a command line asks for (ConfigReader::GetDataFromArgs); flags without a name get theirs, in
 * place. → its path, undefined for none, or what is wrong
 */
export function configFileOf(words: string[]): string | undefined | { error: string } {
  let path: string | undefined;
  for (const [index, word] of words.entries()) {
    if (word === FLAG || word === DEFAULT_FLAG) {
      path = DEFAULT_NAME;
      words[index] = `${FLAG}=${path}`;
    } else if (word.startsWith(`${FLAG}=`)) path = word.slice(FLAG.length + 1) || path;
    else if (word.startsWith(`${DEFAULT_FLAG}=`))
      return { error: `${DEFAULT_FLAG} does not take an argument` };
  }
  return path;
}

/** ConfigReader::ParseConfig (src/node_config_file.cc). → the options, or what stands on stderr */
export function parseConfigFile(
  facts: OptionFacts,
  path: string,
  text: string,
): ConfiguredOptions | { error: string } {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return { error: `Can't parse ${path}\n` };
  }
  if (!isObject(config)) return { error: `Root value unexpected not an object for ${path}\n\n` };
  const options: ConfiguredOptions = { environment: [], others: [] };
  const seen = new Set<string>();
  for (const [section, values] of Object.entries(config)) {
    if (section === '$schema') continue;
    const error = sectionError(facts, section, values, path);
    if (error !== undefined) return { error };
    const words = section === NODE_OPTIONS_SECTION ? options.environment : options.others;
    for (const [key, value] of Object.entries(values as Record<string, unknown>)) {
      const name = `--${key}`;
      const fact = allowed(facts, section, name);
      if (fact === undefined)
        return { error: `Unknown or not allowed option ${key} for namespace ${section}\n` };
      if (seen.has(name)) return { error: `Option ${name} is already defined\n` };
      seen.add(name);
      const made = wordsOf(name, fact, value);
      if (typeof made === 'string') return { error: made };
      words.push(...made);
    }
  }
  return options;
}

function sectionError(
  facts: OptionFacts,
  section: string,
  values: unknown,
  path: string,
): string | undefined {
  if (section === REMOVED_SECTION)
    return 'the "testRunner" namespace has been removed. Use "test" instead.\n';
  if (section !== NODE_OPTIONS_SECTION && !Object.hasOwn(facts.namespaces, section))
    return `Unknown namespace ${section}\n`;
  return isObject(values) ? undefined : `"${section}" value unexpected for ${path} (should be an object)\n`;
}

function allowed(facts: OptionFacts, section: string, name: string): OptionFact | undefined {
  const fact = Object.hasOwn(facts.table, name) ? facts.table[name] : undefined;
  if (section === NODE_OPTIONS_SECTION) return fact?.env === true ? fact : undefined;
  return facts.namespaces[section]?.includes(name) ? fact : undefined;
}

/** ConfigReader::ProcessOptionValue. → words, or what is wrong */
function wordsOf(name: string, { type }: OptionFact, value: unknown): string[] | string {
  const invalid = `Invalid value for ${name}\n`;
  switch (type) {
    case Kind.boolean:
      if (typeof value !== 'boolean') return invalid;
      return [value ? name : `--no-${name.slice(2)}`];
    case Kind.list: {
      const list: unknown[] = Array.isArray(value) ? value : [value];
      return list.every((item) => typeof item === 'string') ? list.map((item) => `${name}=${item}`) : invalid;
    }
    case Kind.string:
      return typeof value === 'string' ? [`${name}=${value}`] : invalid;
    case Kind.integer:
      return Number.isInteger(value) ? [`${name}=${value as number}`] : invalid;
    case Kind.unsigned:
    case Kind.hostPort:
      return Number.isInteger(value) && (value as number) >= 0 ? [`${name}=${value as number}`] : invalid;
    case Kind.v8:
      return `V8 flag ${name} is currently not supported\n`;
    default:
      return `No-op flag ${name} is currently not supported\n`;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
