import type { Pause } from '@ollama-coordinator/common';
import type { AgentReport } from './agent-report.js';
import { agentState } from './compose-reports.js';
import type { CoordinatorSide } from './coordinator-side.js';
import { machineName } from './machine-name.js';
import type { OllamaSide } from './ollama-side.js';
import type { RunningAgentDeps } from './running-agent-deps.js';

export interface ReportedParts extends Pick<RunningAgentDeps, 'config' | 'identity'> {
  readonly ollama: OllamaSide;
  readonly coordinator: CoordinatorSide;
  readonly port: number;
  readonly isLeaving: boolean;
  /** As the coordinator is told it. */
  readonly toldPause: Pause | undefined;
}

export function composeAgentReport({ config, identity, ollama, coordinator, port, isLeaving, toldPause }: ReportedParts): AgentReport {
  const { membership, tunnel } = coordinator;
  const { gate, monitor, owner, watches } = ollama;
  const { up, version, reason, models } = monitor.view;
  return {
    phase: isLeaving ? 'leaving' : membership.phase,
    coordinatorUrl: config.coordinatorUrl,
    ollamaUrl: config.ollamaUrl,
    agentId: identity.agentId,
    name: machineName(config),
    port,
    ...(membership.waiting && { waiting: true as const }),
    ...reachedBy(tunnel.isOpen, watches.replicas.length > 0),
    state: agentState({ gate, view: monitor.view, pause: toldPause }),
    ollama: { up, version, models: models.length, ...(reason === undefined ? {} : { reason }) },
    inFlight: gate.inFlightCount,
    shares: {
      models: models.map(({ name, size_bytes: bytes }) => ({ name, bytes })),
      loaded: gate.runners().map(({ model }) => model),
      slots: gate.slots,
      vramBytes: gate.maxRunnerBytes,
    },
    ...(owner.pause === undefined ? {} : { pause: owner.pause }),
    ...(membership.problem && { problem: membership.problem }),
  };
}

function reachedBy(isTunnelOpen: boolean, isWatched: boolean): Pick<AgentReport, 'reached'> {
  if (isTunnelOpen) return { reached: 'tunnel' };
  return isWatched ? { reached: 'direct' } : {};
}
