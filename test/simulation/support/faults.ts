import type { Fault } from './schedule.js';
import type { World } from './world.js';

/** Makes one fault happen, and ends it again. */
export function inject(world: World, fault: Fault) {
  const { clock, agents, network, redis, replicas, schedule } = world;
  const agent = agents.get(`agent-${fault.agent}`);
  const endMs = Math.min(clock.nowMs() + fault.lastsMs, schedule.healMs);
  const later = (run: () => void) => void clock.at(endMs, run);
  const replicaId = replicas[fault.replica]?.id;
  if (!agent) return;
  const died = () => world.diedMs.set(agent.id, clock.nowMs());
  const reborn = () => {
    world.diedMs.delete(agent.id);
    agent.start();
  };
  switch (fault.kind) {
    case 'crash':
    case 'leave':
      if (!agent.isAlive()) return;
      died();
      if (fault.kind === 'crash') agent.crash();
      else agent.leave();
      return later(reborn);
    case 'drain':
      agent.setDraining(true);
      return later(() => agent.setDraining(false));
    case 'ollama-dies':
      agent.ollama.die();
      agent.ollamaChanged();
      return later(() => {
        agent.ollama.comeBack();
        agent.ollamaChanged();
      });
    case 'cut':
      if (replicaId) network.cut(replicaId, agent.id);
      return;
    case 'mute':
      if (!replicaId) return;
      network.mute(replicaId, agent.id);
      return later(() => network.unmute(replicaId, agent.id));
    case 'isolate':
      return isolate(world, agent.id, later);
    case 'redis-away':
      redis.setAway(true);
      return later(() => redis.setAway(false));
    case 'redis-emptied':
      return redis.flushAll();
    case 'replica-killed':
      return killReplica(world, fault.replica, later);
  }
}

/** Cut off from everybody without a word: frozen, or behind a dead switch. */
function isolate({ network, diedMs, clock, agents }: World, agent: string, later: (run: () => void) => void): void {
  if (agents.get(agent)?.isAlive()) diedMs.set(agent, clock.nowMs());
  network.isolate(agent);
  later(() => {
    if (agents.get(agent)?.isAlive()) diedMs.delete(agent);
    network.rejoin(agent);
  });
}

function killReplica(world: World, place: number, later: (run: () => void) => void): void {
  const replica = world.replicas[place];
  if (!replica) return;
  replica.kill();
  world.replicas[place] = undefined;
  for (const followed of world.requests.values()) if (followed.replica === replica) followed.client.cut();
  later(() => {
    if (!world.replicas[place]) world.startReplica(place);
  });
}
