import { createAnnounceWants } from '../admission/announce-wants.js';
import { followServed } from '../admission/follow-served.js';
import { createWaitingLines, type WaitingLines } from '../admission/waiting-lines.js';
import type { Registry } from '../registry/create-registry.js';
import type { Settings } from '../settings/create-settings.js';
import type { Store } from '../store/open-store.js';
import type { PartContext } from './part-context.js';

/** The lines in which requests wait, told of every change of the fleet and of every slot that an agent grants. */
export function startLines(
  { clock, replicaId, stops }: PartContext,
  { redis, keys }: Store,
  { registry, settings }: { readonly registry: Registry; readonly settings: Pick<Settings, 'values'> },
): WaitingLines {
  const wants = createAnnounceWants(clock, (agentId, body) => registry.sendWants(agentId, body));
  const lines = createWaitingLines({
    get limit() {
      return settings.values.queueLimit;
    },
    get timeoutMs() {
      return settings.values.queueTimeoutMs;
    },
    clock,
    onWants: wants.announce,
  });
  stops.push(() => lines.close());
  stops.push(followServed({ redis, keys, replicaId, clock, lines }));
  stops.push(registry.onChange((_snapshot, { changed, removed }) => lines.capacityChanged([...changed.map(({ id }) => id), ...removed])));
  stops.push(
    registry.onGrant((agentId, grant) => {
      wants.granted(agentId);
      lines.granted(agentId, grant);
    }),
  );
  return lines;
}
