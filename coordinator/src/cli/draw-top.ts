import { type Agent, formatBytes, type Request } from '@ollama-coordinator/common';
import type { PageState } from '../dashboard/page-state.js';
import { isLive } from '../dashboard/recent.js';
import { alignColumns } from './show-table.js';

export interface TopSize {
  readonly columns: number;
  readonly rows: number;
}

/** Lines that are neither agents nor requests: head, titles and gaps. */
const OTHER_LINES = 5;
const LEAST_REQUESTS = 3;
const UNKNOWN = '-';

/** The fleet as the lines of a terminal of that size: totals, agents (the busy ones first), and the latest requests. Pure. */
export function drawTop(fleet: PageState, nowMs: number, { columns, rows }: TopSize): readonly string[] {
  const agents = [...fleet.agents.values()].sort(busiestFirst);
  const requests = [...fleet.requests.values()].sort((a, b) => b.received_at.localeCompare(a.received_at));
  const room = Math.max(2, rows - OTHER_LINES);
  const agentRoom = Math.min(agents.length, Math.max(1, room - Math.min(requests.length, LEAST_REQUESTS)));
  const requestRoom = Math.max(0, room - agentRoom);
  const lines = [
    headLine(fleet, agents),
    '',
    ...alignColumns([
      AGENT_TITLES,
      ...agents.slice(0, agentRoom).map((agent) => agentCells(agent, fleet.lastSeenAtMs.get(agent.id), nowMs)),
    ]),
    '',
    ...alignColumns([REQUEST_TITLES, ...requests.slice(0, requestRoom).map((request) => requestCells(request, nowMs))]),
  ];
  return lines.map((line) => printable(line).slice(0, columns));
}

function headLine({ redis, replica, requests }: PageState, agents: readonly Agent[]): string {
  const online = agents.filter(({ status }) => status === 'online').length;
  const running = agents.reduce((sum, { in_flight, status }) => sum + (status === 'offline' ? 0 : in_flight), 0);
  const waiting = [...requests.values()].filter(({ status }) => status === 'queued').length;
  return `${online} of ${agents.length} agents online · ${running} running · ${waiting} waiting · redis ${redis} · replica ${replica}`;
}

const AGENT_TITLES = ['AGENT', 'STATUS', 'SLOTS', 'CPU', 'RAM', 'GPU', 'VRAM', 'SEEN', 'LOADED'];

function agentCells(agent: Agent, seenAtMs: number | undefined, nowMs: number): readonly string[] {
  const { metrics, runners, status, state } = agent;
  const gpu = metrics.gpus.flatMap(({ load }) => load ?? []);
  const vram = runners.reduce((sum, { vram_bytes }) => sum + vram_bytes, 0);
  return [
    agent.name,
    status === 'online' && state === 'paused' ? 'paused' : status,
    `${agent.in_flight}/${agent.slots}`,
    percent(metrics.cpu),
    percent(metrics.memory),
    percent(gpu.length === 0 ? undefined : Math.max(...gpu)),
    vram === 0 ? UNKNOWN : formatBytes(vram),
    seenAtMs === undefined ? UNKNOWN : `${Math.max(0, Math.round((nowMs - seenAtMs) / 1000))}s`,
    runners.map(({ model, in_flight, slots }) => `${model} ${in_flight}/${slots}`).join(', ') || UNKNOWN,
  ];
}

const REQUEST_TITLES = ['REQUEST', 'STATUS', 'AGENT', 'MODEL', 'QUEUE', 'FIRST', 'TOTAL', 'TOKENS'];

function requestCells(request: Request, nowMs: number): readonly string[] {
  const runsMs = nowMs - Date.parse(request.received_at);
  return [
    request.id,
    request.status,
    request.agent_name ?? UNKNOWN,
    request.model,
    seconds(request.status === 'queued' ? runsMs : request.queue_ms),
    seconds(request.first_byte_ms),
    seconds(isLive(request) ? runsMs : request.total_ms),
    String(request.output_tokens ?? UNKNOWN),
  ];
}

function busiestFirst(a: Agent, b: Agent): number {
  const away = Number(a.status === 'offline') - Number(b.status === 'offline');
  return away || b.in_flight - a.in_flight || a.name.localeCompare(b.name);
}

function percent(share: number | undefined): string {
  return share === undefined ? UNKNOWN : `${Math.round(share * 100)}%`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? UNKNOWN : `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
}

/** A name that somebody chose must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
