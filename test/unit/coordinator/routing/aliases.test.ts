import { coordinatorConfigSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { Caller } from '#coordinator/credentials/caller.js';
import { type AliasSettings, createAliases } from '#coordinator/routing/aliases.js';

const anyone = { id: '127.0.0.1', scopes: new Set() } as Caller;
const keyed = (name: string) => ({ ...anyone, id: name, key: { name } }) as unknown as Caller;

const settingsOf = (given: { aliases?: unknown; keyAliases?: unknown }) => {
  const { aliases, keyAliases } = coordinatorConfigSchema.parse(given);
  return { aliases, keyAliases } as { -readonly [Key in keyof AliasSettings]: AliasSettings[Key] };
};

describe('createAliases', () => {
  const settings = settingsOf({
    aliases: { 'GPT-4o': ['qwen3:32b', 'llama3.2'], fast: 'llama3.2:1b' },
    keyAliases: { ci: { 'gpt-4o': 'tiny' } },
  });
  const aliases = createAliases(settings);

  it('finds a name as Ollama compares names, with its models in order', () => {
    expect(aliases.find('gpt-4o:latest', anyone)).to.deep.equal({ name: 'GPT-4o', models: ['qwen3:32b', 'llama3.2'] });
    expect(aliases.find('fast:latest', anyone)?.models).to.deep.equal(['llama3.2:1b']);
    expect(aliases.find('qwen3:32b', anyone)).to.equal(undefined);
  });

  it('prefers those of the key', () => {
    expect(aliases.find('gpt-4o:latest', keyed('ci'))?.models).to.deep.equal(['tiny']);
    expect(aliases.find('gpt-4o:latest', keyed('web'))?.models).to.deep.equal(['qwen3:32b', 'llama3.2']);
    expect(aliases.find('fast:latest', keyed('ci'))?.models).to.deep.equal(['llama3.2:1b']);
  });

  it('lists what a caller has, as the same array each time', () => {
    expect(aliases.listFor(keyed('ci')).map(({ name }) => name)).to.deep.equal(['gpt-4o', 'fast']);
    expect(aliases.listFor(keyed('ci'))).to.equal(aliases.listFor(keyed('ci')));
    expect(aliases.listFor(anyone)).to.equal(aliases.listFor(keyed('web')));
  });

  it('follows the settings', () => {
    const changing = settingsOf({});
    const followed = createAliases(changing);
    expect(followed.find('a:latest', anyone)).to.equal(undefined);
    Object.assign(changing, settingsOf({ aliases: { a: 'b' } }));
    expect(followed.find('a:latest', anyone)?.models).to.deep.equal(['b']);
    expect(followed.listFor(anyone)).to.have.lengthOf(1);
  });
});

describe('aliases, as they are configured', () => {
  const problems = (given: object) => coordinatorConfigSchema.safeParse(given).error?.issues.map(({ message }) => message) ?? [];

  it('are refused where a name is none, a chain is empty, or two names are one to Ollama', () => {
    expect(problems({ aliases: { a: 'b c' } })).to.deep.equal(['"b c" is no model name']);
    expect(problems({ aliases: { 'a b': 'c' } })).to.have.lengthOf(1);
    expect(problems({ aliases: { a: [] } })).to.have.lengthOf(1);
    expect(problems({ aliases: { a: 'b', 'A:latest': 'c' } })).to.deep.equal([
      'two of these are the same name to Ollama, which ignores case and adds :latest',
    ]);
    expect(problems({ keyAliases: { ci: { a: 5 } } })).to.have.lengthOf(1);
  });
});
