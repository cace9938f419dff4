import type { NodeContext, OptionFact } from '../context.ts';

const BOOLEAN = 2;
const NAMES = ['undefined', 'undefined', 'boolean', 'number', 'number', 'string', 'number', 'array'];

/** node_options.cc: the values of this process and the table of all options. */
export function createOptions({ facts, options, realm }: NodeContext): object {
  const { table, aliases, embedder } = facts.options;
  const valueOf = (name: string, fact: OptionFact) => {
    const value = options.cli[name] ?? fact.value;
    return Array.isArray(value) ? [...(value as unknown[])] : value;
  };
  return {
    ...facts.bindings['options']?.constants(),
    getCLIOptionsValues() {
      const values = Object.create(null) as Record<string, unknown>;
      for (const [name, fact] of Object.entries(table)) {
        if (name.startsWith('[')) continue;
        const value = valueOf(name, fact);
        values[name] = value;
        if (fact.type === BOOLEAN) values[`--no-${name.slice(2)}`] = !value;
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
      const types = new Map<string, string>();
      for (const [name, { type, env }] of Object.entries(table)) {
        if (env && name.startsWith('--')) types.set(name, NAMES[type] ?? 'undefined');
      }
      return types;
    },
    getNamespaceOptionsInputType: () => new Map(),
  };
}
