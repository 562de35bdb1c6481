import { aRunner } from '../../support/fill-fleet.js';
import { anAgent, aRequest, createScriptedFleet, modelsOnDisk } from '../../support/scripted-fleet.js';
import { startDashboard } from '../../support/start-dashboard.js';
import { answerOrders } from '../support/companion.js';

/** `load`: requests a second from here on, 0 for a fleet that rests. `usage`: what this process used since it was asked before. */
export type ServerOrder =
  | { readonly do: 'start'; readonly agents: number }
  | { readonly do: 'load'; readonly perS: number }
  | { readonly do: 'usage' };

export interface ServerAnswer {
  readonly origin: string;
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly connections: number;
}

const TICK_MS = 20;
const HEARTBEAT_MS = 5000;
const RUNS_FOR_TICKS = 40;

/** The dashboard's server side over a made-up fleet that is as busy as it is told. */
const fleet = createScriptedFleet();
let dashboard: Awaited<ReturnType<typeof startDashboard>> | undefined;
let loading: NodeJS.Timeout | undefined;
let cpu = process.cpuUsage();
let agentCount = 0;
let made = 0;

answerOrders<ServerOrder, ServerAnswer>(async (order) => {
  if (order.do === 'start') {
    dashboard = await startDashboard(fleet);
    agentCount = order.agents;
    for (let index = 0; index < agentCount; index += 1) fleet.put(theAgent(index, 0));
    beat();
  }
  if (order.do === 'load') load(order.perS);
  const used = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  globalThis.gc?.();
  return {
    origin: dashboard?.origin ?? '',
    cpuMs: (used.user + used.system) / 1000,
    rssBytes: process.memoryUsage().rss,
    connections: dashboard?.connections() ?? 0,
  };
});

function theAgent(index: number, inFlight: number) {
  return anAgent({
    id: `agent-${index}`,
    name: `agent-${index}`,
    labels: { rack: String(index % 10) },
    lastSeenAtMs: Date.now(),
    metrics: {
      cpu: 0.3,
      memory: 0.5,
      memory_bytes: 64e9,
      gpus: [{ name: 'GPU', load: 0.6, vram_bytes: 24e9, vram_used_bytes: 12e9 }],
    },
    models: modelsOnDisk('llama3.2:3b', 'qwen3:8b', 'gemma3:12b'),
    runners: [aRunner('llama3.2:3b', 4, inFlight)],
    inFlightByReplica: { 'replica-1': inFlight },
  });
}

/** Heartbeats spread over the interval; they change nothing but when the agent was heard. */
function beat(): void {
  let next = 0;
  setInterval(() => {
    const known = fleet.snapshot().agents.get(`agent-${next}`);
    if (known) fleet.put({ ...known, lastSeenAtMs: Date.now() });
    next = (next + 1) % agentCount;
  }, HEARTBEAT_MS / agentCount).unref();
}

/** Each request begins, and ends 40 ticks later, on one agent after the other. */
function load(perS: number): void {
  clearInterval(loading);
  if (perS === 0) return;
  const running: string[] = [];
  let owed = 0;
  loading = setInterval(() => {
    owed += (perS * TICK_MS) / 1000;
    for (; owed >= 1; owed -= 1) {
      made += 1;
      change(made, 'running');
      running.push(String(made));
    }
    while (running.length > (perS * TICK_MS * RUNS_FOR_TICKS) / 1000) change(Number(running.shift()), 'completed');
  }, TICK_MS);
}

function change(number: number, status: 'running' | 'completed'): void {
  const index = number % agentCount;
  const agent = { agent_id: `agent-${index}`, agent_name: `agent-${index}`, why: 'model loaded, free slot' };
  const received_at = new Date().toISOString();
  dashboard?.requestChanged(aRequest({ id: `q${number}`, status, received_at, ...agent, output_tokens: 120, first_byte_ms: 300 }));
  fleet.put(theAgent(index, status === 'running' ? 1 : 0));
}
