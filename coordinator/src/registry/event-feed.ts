import { type FleetEvent, fleetEventTypeSchema, type Logger } from '@ollama-coordinator/common';
import { fieldOf, type StreamEntry, streamIdMs } from '@ollama-coordinator/common/redis';
import { createListeners } from './listeners.js';

/** Undefined for an entry that is no event of a known type. */
export function eventFromEntry([id, fields]: StreamEntry): FleetEvent | undefined {
  const type = fleetEventTypeSchema.safeParse(fieldOf(fields, 'type'));
  const atMs = streamIdMs(id);
  if (!type.success || !Number.isFinite(atMs) || Math.abs(atMs) > 8.64e15) return undefined;
  const [agentId, agentName, model, detail] = ['agent', 'name', 'model', 'detail'].map((name) => fieldOf(fields, name));
  return {
    id,
    at: new Date(atMs).toISOString(),
    type: type.data,
    ...(agentId ? { agent_id: agentId } : {}),
    ...(agentName ? { agent_name: agentName } : {}),
    ...(model ? { model } : {}),
    ...(detail ? { detail } : {}),
  };
}

/** Passes the events of the stream on, and those that only this replica sees. */
export function createEventFeed(log: Logger) {
  const { listen, tell } = createListeners<[FleetEvent]>('event', log);
  let localEvents = 0;
  return {
    listen,
    emit: tell,
    /** What only this replica sees, as a silent watch: not in the stream. */
    emitLocal(event: Omit<FleetEvent, 'id' | 'at'>, wallMs: number): void {
      localEvents += 1;
      tell({ ...event, id: `${wallMs}-${localEvents}`, at: new Date(wallMs).toISOString() });
    },
  };
}
export type EventFeed = ReturnType<typeof createEventFeed>;
