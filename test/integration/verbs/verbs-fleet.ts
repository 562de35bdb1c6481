import type { Agent } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import type { ModelSpec, SimulatedOllama } from '../../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

/** An answer as far as tests look at it. */
export interface Reply {
  readonly status: number;
  readonly agent: string | null;
  readonly text: string;
  readonly json: <T = Record<string, unknown>>() => T;
}

/** Three agents, a, b and c, each with `tiny` and an Ollama that tests may change. */
export interface VerbsFleet {
  readonly fleet: Fleet;
  ollama(name: string): SimulatedOllama;
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Puts a model on the disks of agents, and waits until the coordinator knows. */
  give(spec: ModelSpec, ...agents: string[]): Promise<void>;
  /** The agents that have a model, as the coordinator sees it. */
  holders(model: string): Promise<string[]>;
  /** How many requests of a path an agent's Ollama has received. */
  asked(name: string, path: string): number;
  close(): Promise<void>;
}

export async function startVerbsFleet(env: Readonly<Record<string, string>> = {}): Promise<VerbsFleet> {
  const agents = ['a', 'b', 'c'].map((name) => ({ name, ollama: { models: [{ name: 'tiny' }], pullable: [{ name: 'far' }] } }));
  const fleet = await startFleet({ agents, env: { COORDINATOR_VERB_TIMEOUT_MS: '1000', ...env } });

  const ollama = (name: string) => {
    const found = fleet.agents.find((agent) => agent.name === name)?.ollama;
    if (!found) throw new Error(`no Ollama of agent ${name}`);
    return found;
  };
  const send: VerbsFleet['send'] = async (method, path, body, headers = {}) => {
    const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(fleet.url + path, { method, headers, ...payload });
    const text = await response.text();
    return { status: response.status, agent: response.headers.get('x-coordinator-agent'), text, json: () => JSON.parse(text) };
  };
  const holders = async (model: string) => {
    const list = (await (await fetch(`${fleet.url}/api/agents`)).json()) as Agent[];
    return list
      .filter(({ models }) => models.some(({ name }) => name === model))
      .map(({ name }) => name)
      .sort();
  };
  return {
    fleet,
    ollama,
    send,
    holders,
    give: async (spec, ...names) => {
      for (const name of names) ollama(name).models.add(spec);
      const model = spec.name.includes(':') ? spec.name : `${spec.name}:latest`;
      await eventually(async () => expect(await holders(model)).to.include.members(names));
    },
    asked: (name, path) => ollama(name).requests.filter((request) => request.path === path).length,
    close: () => fleet.close(),
  };
}

/** The test of one row of the page. */
export type RowTest = (fleet: VerbsFleet) => Promise<void>;
