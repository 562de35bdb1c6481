import type { AgentSpeed } from '@ollama-coordinator/common';
import type { ModelName } from '@ollama-coordinator/common/balancing';
import type { Expectations } from '../../balancing/learned/expectations.js';
import { mayUseAgent, mayUseModel } from '../../credentials/permissions.js';
import type { AgentRecord, FleetView } from '../../registry/fleet-snapshot.js';
import { vramBytes } from '../../registry/vram-bytes.js';
import type { ApiHandlers } from '../api-app.js';

export interface SpeedsHandlerDeps {
  readonly fleet: Pick<FleetView, 'snapshot'>;
  readonly expectations: Pick<Expectations, 'speed'>;
}

/** `GET /api/coordinator/speeds`: how fast each agent is expected to be with each of its models. */
export function createSpeedsHandler({ fleet, expectations }: SpeedsHandlerDeps): Pick<ApiHandlers, 'speeds'> {
  return {
    speeds: (_req, res, { caller }) => {
      const agents = [...fleet.snapshot().agents.values()].filter((agent) => mayUseAgent(caller, agent));
      const speeds = agents.flatMap((agent) =>
        [...agent.models.keys()].filter((model) => mayUseModel(caller, model)).map((model) => speedOf(agent, model, expectations)),
      );
      res.json({ speeds });
    },
  };
}

function speedOf(agent: AgentRecord, model: ModelName, expectations: Pick<Expectations, 'speed'>): AgentSpeed {
  const subject = { agent: agent.id, model, modelBytes: agent.models.get(model)?.size_bytes ?? 0, vramBytes: vramBytes(agent) };
  const speedAt = expectations.speed(subject);
  const { loadS, prefillTokensPerS, decodeTokensPerS } = speedAt(1);
  const besideOne = speedAt(2).decodeTokensPerS;
  return {
    agent_id: agent.id,
    agent_name: agent.name,
    model,
    load_s: rounded(loadS.mean),
    prefill_tokens_per_s: rounded(prefillTokensPerS.mean),
    decode_tokens_per_s: rounded(decodeTokensPerS.mean),
    decode_slowdown: rounded(Math.max(0, decodeTokensPerS.mean / besideOne.mean - 1)),
    learned: { load: loadS.from === 'learned', prefill: prefillTokensPerS.from === 'learned', decode: decodeTokensPerS.from === 'learned' },
  };
}

/** Four digits say more than is known. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
