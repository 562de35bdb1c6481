import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCli } from '../support/clients/cli.js';
import type { Client, Target } from '../support/clients/client.js';
import { type Cell, compareClient, drawTable, type Pair } from '../support/clients/compare.js';
import { NPM_ANTHROPIC } from '../support/clients/npm-anthropic.js';
import { NPM_OLLAMA } from '../support/clients/npm-ollama.js';
import { NPM_OPENAI } from '../support/clients/npm-openai.js';
import { type PythonVerbs, startPython } from '../support/clients/python.js';
import { findRealOllama, type RealOllama, startRealOllama } from '../support/real-ollama/start-real-ollama.js';
import { type SimulatedRegistry, startRegistry } from '../support/registry/start-registry.js';
import { type SimulatedOllama, startSimulatedOllama } from '../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const MODELS = ['tiny', 'tiny-embed'] as const;
const AGENT = { AGENT_HEARTBEAT_MS: '500' };
/** What it is too old for: routes that came later, and errors that were worded anew. */
const isLater = (verb: string) => /^(responses|transcribe|messages|(chat|show|embed), unknown)/.test(verb);
const only = (client: Client, wanted: (verb: string) => boolean): Client => ({
  ...client,
  verbs: Object.fromEntries(Object.entries(client.verbs).filter(([verb]) => wanted(verb))),
});

/** How the coordinator reaches the agents. Nobody listens at that address: who answers there came through a tunnel. */
const WAYS = {
  'at their addresses': { AGENT_TRANSPORT: 'direct' },
  'through tunnels': { AGENT_TRANSPORT: 'tunnel', AGENT_ADVERTISE: '127.0.0.1:9' },
} as const;

/** The official clients, each verb at an Ollama and through a coordinator in front of two others: nobody must notice. */
for (const [way, transport] of Object.entries(WAYS))
  describe(`official clients, direct and through the coordinator, which reaches agents ${way}`, function () {
    this.timeout(400_000);
    const cells: Cell[] = [];
    const stops: (() => unknown)[] = [];
    let python: PythonVerbs;
    let real: Pair;
    let simulated: Pair;

    before(async () => {
      const registry: SimulatedRegistry = await startRegistry();
      stops.push(() => registry.close());
      registry.addSynthetic({ name: 'pullable' });
      const target = async (url: string): Promise<Target> => {
        const folder = await mkdtemp(join(tmpdir(), 'oc-clients-'));
        stops.push(() => rm(folder, { recursive: true, force: true }));
        return { url, pullable: registry.nameOf('pullable'), folder };
      };
      python = await startPython();
      stops.push(() => python.close());
      const ollamas: RealOllama[] = await Promise.all([0, 1, 2].map(() => startRealOllama({ models: MODELS })));
      for (const ollama of ollamas) stops.push(() => ollama.close());
      const [alone, ...members] = ollamas;
      const fleet: Fleet = await startFleet({
        env: { COORDINATOR_AGENT_TTL_MS: '5000' },
        agents: members.map(({ url, modelsDir }, index) => ({
          name: `real-${index}`,
          ollama: url,
          env: { ...AGENT, ...transport, AGENT_OLLAMA_MODELS: modelsDir },
        })),
      });
      stops.push(() => fleet.close());
      real = { kind: 'real', direct: await target(alone?.url ?? ''), fleet: await target(fleet.url) };
      const single: SimulatedOllama = await startSimulatedOllama();
      stops.push(() => single.close());
      const later: Fleet = await startFleet({ agents: ['a', 'b'].map((name) => ({ name, ollama: {}, env: { ...AGENT, ...transport } })) });
      stops.push(() => later.close());
      simulated = { kind: 'simulated', direct: await target(single.url), fleet: await target(later.url) };
    });
    after(async () => {
      console.log(`\n${drawTable(cells)}\n`);
      for (const stop of stops.reverse()) await stop();
    });

    const compare = async (client: Client, pair: Pair) => {
      const made = await compareClient(client, pair);
      cells.push(...made);
      const differences = made.flatMap(({ verb, difference }) => (difference === undefined ? [] : [`${verb}:\n    ${difference}`]));
      if (differences.length > 0) throw new Error(`${client.name} notices the coordinator:\n${differences.join('\n')}`);
    };

    /** Each verb at the real Ollama, or at the simulated one. */
    const compareAll = async (client: Client) => {
      const failures: unknown[] = [];
      const notice = (failure: unknown) => void failures.push(failure);
      await compare(
        only(client, (verb) => !isLater(verb)),
        real,
      ).catch(notice);
      await compare(only(client, isLater), simulated).catch(notice);
      if (failures.length > 0) throw new Error(failures.map(String).join('\n'));
    };

    it('npm ollama', () => compareAll(NPM_OLLAMA));
    it('npm openai', () => compareAll(NPM_OPENAI));
    it('npm @anthropic-ai/sdk', () => compareAll(NPM_ANTHROPIC));
    it('python ollama', () => compareAll(python.client('ollama')));
    it('python openai', () => compareAll(python.client('openai')));
    it('ollama CLI', () => {
      const found = findRealOllama();
      if ('reason' in found) throw new Error(found.reason);
      return compareAll(createCli(found.path));
    });
  });
