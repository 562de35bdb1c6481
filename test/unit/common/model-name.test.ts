import { expect } from 'chai';
import fc from 'fast-check';
import { fullModelName, isCloudModelName, isModelName, normalizeModelName, parseModelName } from '#common/model-name.js';

const word = (others: string) =>
  fc
    .tuple(fc.constantFrom(...'abcXYZ019_'), fc.string({ unit: fc.constantFrom(...`abcXYZ019_-${others}`), maxLength: 12 }))
    .map(([first, rest]) => first + rest);
const host = fc.oneof(
  word('.'),
  fc.tuple(word('.'), fc.integer({ min: 1, max: 65535 })).map(([name, port]) => `${name}:${port}`),
);
const names = fc.record({ host, namespace: word(''), model: word('.'), tag: word('.') });

describe('parseModelName', () => {
  it('takes any well-formed name apart', () => {
    fc.assert(
      fc.property(names, (parts) => {
        expect(parseModelName(`${parts.host}/${parts.namespace}/${parts.model}:${parts.tag}`)).to.deep.equal(parts);
      }),
    );
  });

  it('fills in what is not written', () => {
    fc.assert(
      fc.property(names, ({ namespace, model, tag }) => {
        const implied = { host: 'registry.ollama.ai', namespace: 'library', tag: 'latest' };
        expect(parseModelName(model)).to.deep.equal({ ...implied, model });
        expect(parseModelName(`${model}:${tag}`)).to.deep.equal({ ...implied, model, tag });
        expect(parseModelName(`${namespace}/${model}`)).to.deep.equal({ ...implied, namespace, model });
      }),
    );
  });

  it('drops a scheme before the host', () => {
    expect(parseModelName('http://127.0.0.1:5000/a/b')).to.deep.equal({
      host: '127.0.0.1:5000',
      namespace: 'a',
      model: 'b',
      tag: 'latest',
    });
  });

  for (const name of [
    '',
    ' ',
    'a b',
    'a:',
    ':a',
    'a/',
    '/a',
    'a//b',
    'a/b/c/d',
    'a.b/c',
    '-a',
    'a:b c',
    'a@sha256:0',
    'http://a/b',
    'ä',
    'a\n',
    `${'a'.repeat(81)}`,
  ])
    it(`takes ${JSON.stringify(name.slice(0, 20))} for no name`, () => expect(isModelName(name)).to.equal(false));

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseModelName(text)));
  });
});

describe('normalizeModelName', () => {
  for (const [written, stored] of [
    ['llama3', 'llama3:latest'],
    ['Library/llama3:8b', 'llama3:8b'],
    ['registry.ollama.ai/library/llama3', 'llama3:latest'],
    ['https://registry.ollama.ai/Library/LLaMA3:Q4_K_M', 'llama3:q4_k_m'],
    ['registry.ollama.ai/mike/llama3', 'mike/llama3:latest'],
    ['hf.co/user/Model-GGUF:Q4', 'hf.co/user/model-gguf:q4'],
    ['http://127.0.0.1:5000/library/x', '127.0.0.1:5000/library/x:latest'],
    ['localhost:5000/library/x:1', 'localhost:5000/library/x:1'],
    ['a b', 'a b'],
  ] as const)
    it(`takes ${written} for ${stored}`, () => expect(normalizeModelName(written)).to.equal(stored));

  it('is the same for every spelling of a name', () => {
    fc.assert(
      fc.property(names, fc.boolean(), ({ namespace, model, tag }, upper) => {
        const spell = (text: string) => normalizeModelName(upper ? text.toUpperCase() : text);
        const full = normalizeModelName(`registry.ollama.ai/${namespace}/${model}:${tag}`);
        expect(spell(`${namespace}/${model}:${tag}`)).to.equal(full);
        expect(spell(`registry.ollama.ai/${namespace}/${model}:${tag}`)).to.equal(full);
        expect(spell(model)).to.equal(normalizeModelName(`library/${model}:latest`));
      }),
    );
  });

  it('changes nothing more when done twice, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          names.map((parts) => Object.values(parts).join('/')),
        ),
        (text) => {
          expect(normalizeModelName(normalizeModelName(text))).to.equal(normalizeModelName(text));
        },
      ),
    );
  });

  it('keeps different names apart', () => {
    fc.assert(
      fc.property(names, names, (one, other) => {
        const same = JSON.stringify(one).toLowerCase() === JSON.stringify(other).toLowerCase();
        const spell = (parts: typeof one) => normalizeModelName(`${parts.host}/${parts.namespace}/${parts.model}:${parts.tag}`);
        expect(spell(one) === spell(other)).to.equal(same);
      }),
    );
  });
});

describe('fullModelName', () => {
  it('writes every part', () => expect(fullModelName('tiny')).to.equal('registry.ollama.ai/library/tiny:latest'));
});

describe('isCloudModelName', () => {
  for (const name of ['kimi-k2.6:cloud', 'gpt-oss:120b-cloud', 'a/b:Cloud'])
    it(`says so of ${name}`, () => expect(isCloudModelName(name)).to.equal(true));
  for (const name of ['my-cloud', 'cloud', 'cloud:latest', 'x:cloudy', 'x:20bcloud'])
    it(`does not of ${name}`, () => expect(isCloudModelName(name)).to.equal(false));
});
