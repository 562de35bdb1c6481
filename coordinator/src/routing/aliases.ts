import { normalizeModelName, type RuntimeValues } from '@ollama-coordinator/common';
import type { ModelName } from '@ollama-coordinator/common/balancing';
import type { Caller } from '../credentials/caller.js';

/** A name that stands for models: the first of them that can answer does. */
export interface Alias {
  /** As it is configured. */
  readonly name: string;
  readonly models: readonly string[];
}

/** The aliases in force, those of the caller's key before those for everyone. A model behind an alias is never an alias again. */
export interface Aliases {
  /** Asked for each request. `name`: normalised. */
  find(name: ModelName, caller: Caller): Alias | undefined;
  /** Those that the caller has; the same array until something changes. */
  listFor(caller: Caller): readonly Alias[];
}

/** Of the settings; their fields change when an operator changes them. */
export type AliasSettings = Readonly<Pick<RuntimeValues, 'aliases' | 'keyAliases'>>;

type ByName = ReadonlyMap<ModelName, Alias>;

interface Compiled {
  readonly of: AliasSettings;
  readonly everyone: ByName;
  readonly byKey: ReadonlyMap<string, ByName>;
  readonly lists: Map<string | undefined, readonly Alias[]>;
}

export const NO_ALIASES: Aliases = { find: () => undefined, listFor: () => [] };

export function createAliases(settings: AliasSettings): Aliases {
  let compiled = compile(settings);
  const current = (): Compiled => {
    if (settings.aliases !== compiled.of.aliases || settings.keyAliases !== compiled.of.keyAliases) compiled = compile(settings);
    return compiled;
  };
  return {
    find(name, { key }) {
      const { everyone, byKey } = current();
      if (everyone.size === 0 && byKey.size === 0) return undefined;
      return (key && byKey.get(key.name)?.get(name)) ?? everyone.get(name);
    },
    listFor({ key }) {
      const { everyone, byKey, lists } = current();
      const own = key && byKey.get(key.name);
      const name = own && key.name;
      const list = lists.get(name) ?? [...new Map([...everyone, ...(own ?? [])]).values()];
      lists.set(name, list);
      return list;
    },
  };
}

function compile({ aliases, keyAliases }: AliasSettings): Compiled {
  const byKey = new Map(Object.entries(keyAliases).map(([key, own]) => [key, byName(own)]));
  return { of: { aliases, keyAliases }, everyone: byName(aliases), byKey, lists: new Map() };
}

function byName(aliases: AliasSettings['aliases']): ByName {
  return new Map(Object.entries(aliases).map(([name, models]) => [normalizeModelName(name), { name, models }]));
}
