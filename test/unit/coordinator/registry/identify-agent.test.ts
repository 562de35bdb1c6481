import { agentIdSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import fc from 'fast-check';
import { agentAddress, identifyAgent } from '#coordinator/registry/identify-agent.js';

describe('identifyAgent', () => {
  for (const [machineName, id] of [
    ['mac-studio', 'mac-studio-11434'],
    ['Mac Studio (2).local', 'mac-studio-2-local-11434'],
    ['Büro', 'buro-11434'],
    ['銀河', 'machine-92806cb3-11434'],
  ] as const) {
    it(`names ${machineName} ${id}`, () => {
      expect(identifyAgent({ machine_name: machineName, ollama_port: 11434 })).to.equal(id);
    });
  }

  it('keeps the id that the agent brought', () => {
    expect(identifyAgent({ agent_id: 'own', machine_name: 'm', ollama_port: 1 })).to.equal('own');
  });

  it('makes a valid id of any name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 128 }),
        fc.integer({ min: 1, max: 65535 }),
        (machine_name, ollama_port) => {
          expect(agentIdSchema.safeParse(identifyAgent({ machine_name, ollama_port })).success).to.equal(true);
        },
      ),
    );
  });
});

describe('agentAddress', () => {
  for (const [host, address] of [
    ['10.0.0.7', 'http://10.0.0.7:11435'],
    ['studio.local', 'http://studio.local:11435'],
    ['fe80::1', 'http://[fe80::1]:11435'],
    ['[::1]', 'http://[::1]:11435'],
  ] as const) {
    it(`makes ${address} of ${host}`, () => expect(agentAddress(host, 11435)).to.equal(address));
  }
});
