import { parseEnv } from 'node:util';
import { agentConfigSchema, loadConfigWithOrigins } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { carriedVariables, envFileText } from '#agent/service/env-file.js';

const given = (env: Record<string, string>, flags: Record<string, string> = {}) => ({
  ...loadConfigWithOrigins(agentConfigSchema, { env, flags, fileEnv: 'AGENT_CONFIG' }),
  env,
  dataDir: '/var/lib/ollama-agent',
});

describe('carriedVariables', () => {
  it('carries each setting that was given, by variable or flag, and no default', () => {
    const variables = carriedVariables(
      given({ AGENT_NAME: 'my box', AGENT_LABELS: 'gpu=4090,room=lab' }, { slots: '3', verifyChecksum: 'true' }),
    );
    expect(Object.fromEntries(variables)).to.deep.equal({
      AGENT_NAME: 'my box',
      AGENT_LABELS: 'gpu=4090,room=lab',
      AGENT_SLOTS: '3',
      OLLAMA_VERIFY_CHECKSUM: 'on',
      AGENT_DATA_DIR: '/var/lib/ollama-agent',
    });
  });

  it('carries the proxies, and none of the rest of the environment', () => {
    const variables = carriedVariables(given({ HTTPS_PROXY: 'http://u:p@proxy:3128', PATH: '/bin', SECRET: 'x' }));
    expect([...variables.keys()]).to.deep.equal(['HTTPS_PROXY', 'AGENT_DATA_DIR']);
  });

  it('takes a join link apart; it goes before what else was given', () => {
    const link = 'http://coordinator:8080/join#token=join_abc';
    const variables = carriedVariables({ ...given({ AGENT_COORDINATOR_URL: 'http://old:1' }), link });
    expect(variables.get('AGENT_COORDINATOR_URL')).to.equal('http://coordinator:8080');
    expect(variables.get('AGENT_JOIN_TOKEN')).to.equal('join_abc');
  });

  it('refuses what is no link', () => {
    expect(() => carriedVariables({ ...given({}), link: 'http://coordinator:8080' })).to.throw(/no link to join with/);
  });

  it("gives the service a data folder of its own, whatever the installer's is", () => {
    expect(carriedVariables(given({ AGENT_DATA_DIR: '/var/x' })).get('AGENT_DATA_DIR')).to.equal('/var/lib/ollama-agent');
  });
});

describe('envFileText', () => {
  for (const value of ['plain', 'with space', 'a"b', 'back\\slash\\n', '$HOME #no comment', 'http://u:p%40@h:1/?a=b&c', '', 'ü日本'])
    it(`is read back by Node as it was: ${value}`, () => {
      expect(parseEnv(envFileText(new Map([['AGENT_NAME', value]])))).to.deep.equal({ AGENT_NAME: value });
    });

  for (const value of ["it's", 'two\nlines'])
    it(`refuses what no line of it can hold: ${JSON.stringify(value)}`, () => {
      expect(() => envFileText(new Map([['AGENT_NAME', value]]))).to.throw(/AGENT_NAME holds a single quote or a line break/);
    });
});
