import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { ModelReport } from '@ollama-coordinator/common';
import { createIdleAgent, type IdleAgent } from '../idle-agents/idle-agent.js';
import { createWatchedPorts } from '../idle-agents/watched-ports.js';
import { anyFails, BAR_COLUMNS, type Bar, barRows } from '../support/bars.js';
import { markdownTable } from '../support/markdown-table.js';
import { startCoordinator } from '../support/start-coordinator.js';
import { spreadOf } from '../support/statistics.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';

/**
 * `npm run bench:lists`: how long the lists of a fleet take whose machines hang in part: they take connections and answer nothing,
 * and their heartbeats have stopped. The others beat on, and each beat brings another model into memory.
 */
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, 'write-docs': { type: 'boolean', default: false } },
});
const AGENTS = 200;
const MODELS_EACH = 50;
/** Most models are on several agents, as in any fleet. */
const MODELS = 1000;
const HANGING = 60;
const HEARTBEAT_MS = 1000;
const ROUNDS = values.quick ? 300 : 2000;
const P99_BAR_MS = 20;
const PATHS = ['/api/tags', '/api/ps', '/v1/models'] as const;

const ports = createWatchedPorts();
process.exit(await main());

/** Exit code: 0, or 1 where the median misses the bar by 5 ×. */
async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-lists-'));
  const coordinator = await startCoordinator({ folder, env: { COORDINATOR_AGENT_TTL_MS: '600000' } });
  const hanging = await startHanging();
  try {
    const beating = await joinAgents(coordinator.url, hanging.port);
    const beats = setInterval(() => void Promise.all(beating.map((agent) => agent.beat())).catch(() => undefined), HEARTBEAT_MS);
    const bars: Bar[] = [];
    for (const path of PATHS) bars.push(...(await measure(coordinator.url, path)));
    clearInterval(beats);
    return await report(bars);
  } finally {
    await coordinator.stop();
    hanging.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Registers all, has all beat once, and returns those that go on. */
async function joinAgents(coordinatorUrl: string, hangingPort: number) {
  const agents: IdleAgent[] = [];
  for (let index = 0; index < AGENTS; index += 1) {
    const port = index < HANGING ? hangingPort : await ports.open();
    let beats = 0;
    const runners = () => {
      beats += 1;
      return [modelName(index, beats), modelName(index, beats + 1)].map((model) => ({ model, signature: model }));
    };
    const agent = createIdleAgent({ index, port, coordinatorUrl, heartbeatMs: HEARTBEAT_MS, models: modelsOf(index), runners });
    await agent.register();
    await agent.beat();
    agents.push(agent);
  }
  return agents.slice(HANGING);
}

function modelName(agent: number, place: number): string {
  return `model-${(agent * 37 + (place % MODELS_EACH)) % MODELS}:latest`;
}

function modelsOf(agent: number): ModelReport[] {
  return Array.from({ length: MODELS_EACH }, (_, place) => ({
    name: modelName(agent, place),
    digest: String(place).padStart(64, '0'),
    size_bytes: 4_000_000_000,
    modified_at: '2026-01-01T00:00:00Z',
    details: { format: 'gguf', family: 'llama', families: ['llama'], parameter_size: '8B', quantization_level: 'Q4_K_M' },
  }));
}

async function measure(url: string, path: string): Promise<readonly Bar[]> {
  const connections = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    bytes = (await get(`${url}${path}`, connections)).length;
    times.push(performance.now() - began);
  }
  connections.destroy();
  const { p50, p99 } = spreadOf(times);
  const note = `${Math.round(bytes / 1000)} kB, ${ROUNDS} requests`;
  return [
    { name: `GET ${path}, p50`, value: p50, limit: P99_BAR_MS, unit: 'ms', note },
    { name: `GET ${path}, p99`, value: p99, limit: P99_BAR_MS, unit: 'ms' },
  ];
}

async function get(url: string, agent: Agent): Promise<string> {
  const [response] = await once(request(url, { agent }).end(), 'response');
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}: ${body}`);
  return body;
}

/** A port that takes every connection and never answers. */
async function startHanging() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).resume());
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function report(bars: readonly Bar[]): Promise<number> {
  const table = `${AGENTS} agents, ${MODELS_EACH} models each, ${(100 * HANGING) / AGENTS} % of the agents hang.\n\n${markdownTable(BAR_COLUMNS, barRows(bars))}`;
  console.log(`${describeMachine()}\n\n${table}`);
  if (values['write-docs']) console.log(`\nwritten to ${await writeDocs('bench:lists', table)}`);
  // What else a machine does is all of its slowest hundredth.
  return anyFails(bars.filter(({ name }) => name.endsWith('p50'))) ? 1 : 0;
}
