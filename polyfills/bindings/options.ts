import type { NodeContext, OptionFact } from '../context.ts';

const BOOLEAN = 2;
const NAMES = ['undefined', 'undefined', 'boolean', 'number', 'number', 'string', 'number', 'array'];

/** node_options.cc: the values of this process and the table of all options. */
export function createOptions({ facts, options, realm }: NodeContext): object {
  const { table, aliases, embedder, namespaces } = facts.options;
  /** What a configuration file may set: the types that its schema names, and the words of `--help`. */
  const details = (names: readonly string[]) => {
    const help = realm.helpTexts();
    const entries = names.map((name): [string, object] => [
      name,
      { __proto__: null, type: NAMES[table[name]?.type ?? 0] ?? 'undefined', description: help[name] ?? '' },
    ]);
    return Object.fromEntries(entries);
  };
  const valueOf = (name: string, fact: OptionFact) => {
    const value = options.cli[name] ?? fact.value;
    return Array.isArray(value) ? [...(value as unknown[])] : value;
  };
  return {
    ...facts.bindings['options']?.constants(),
    getCLIOptionsValues() {
      const values = Object.create(null) as Record<string, unknown>;
      for (const [name, fact] of Object.entries(table)) {
        const value = valueOf(name, fact);
        values[name] = value;
        if (fact.type === BOOLEAN && name.startsWith('--')) values[`--no-${name.slice(2)}`] = !value;
      }
      return values;
    },
    getCLIOptionsInfo() {
      const help = realm.helpTexts();
      const info = new Map<string, object>();
      for (const [name, { type, env, defaultIsTrue }] of Object.entries(table)) {
        info.set(name, { helpText: help[name] ?? '', envVarSettings: env ? 0 : 1, type, defaultIsTrue });
      }
      return { options: info, aliases: new Map(Object.entries(aliases)) };
    },
    getOptionsAsFlags() {
      const flags: string[] = [];
      for (const [name, fact] of Object.entries(table)) {
        if (!name.startsWith('--')) continue;
        const value = valueOf(name, fact);
        if (fact.type === BOOLEAN) {
          if (value !== fact.defaultIsTrue) flags.push(value ? name : `--no-${name.slice(2)}`);
        } else if (Array.isArray(value)) {
          for (const item of value) flags.push(`${name}=${String(item)}`);
        } else if ((typeof value === 'string' && value !== '') || typeof value === 'number') {
          flags.push(`${name}=${value}`);
        }
      }
      return flags;
    },
    getEmbedderOptions: () => ({ __proto__: null, ...(embedder as { of: object }).of }),
    getEnvOptionsInputType() {
      const allowed = Object.entries(table).filter(([name, { env }]) => env && name.startsWith('--'));
      return details(allowed.map(([name]) => name));
    },
    getNamespaceOptionsInputType: () =>
      new Map(Object.entries(namespaces).map(([section, names]) => [section, details(names)])),
  };
}
