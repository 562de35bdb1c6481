import type { AgentRecord, FleetSnapshot } from '../registry/fleet-snapshot.js';
import type { Caller } from './caller.js';
import { isNarrowed, mayUseAgent, mayUseModel } from './permissions.js';

/** The fleet as the caller's key may see it: its agents, and on them its models. The same object where the key has no such limits. */
export function narrowFleet(snapshot: FleetSnapshot, caller: Caller): FleetSnapshot {
  if (!isNarrowed(caller)) return snapshot;
  const agents = new Map<string, AgentRecord>();
  for (const [id, agent] of snapshot.agents) if (mayUseAgent(caller, agent)) agents.set(id, narrowAgent(agent, caller));
  const agentsByModel = new Map<string, readonly AgentRecord[]>();
  for (const [model, holders] of snapshot.agentsByModel) {
    if (!mayUseModel(caller, model)) continue;
    const seen = holders.flatMap(({ id }) => agents.get(id) ?? []);
    if (seen.length > 0) agentsByModel.set(model, seen);
  }
  return { version: snapshot.version, agents, agentsByModel };
}

function narrowAgent(agent: AgentRecord, caller: Caller): AgentRecord {
  if (caller.key?.allowsModel === undefined) return agent;
  return {
    ...agent,
    models: new Map([...agent.models].filter(([model]) => mayUseModel(caller, model))),
    runners: agent.runners.filter(({ model }) => mayUseModel(caller, model)),
  };
}
