import { type Clock, normalizeModelName } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetView } from '../registry/fleet-snapshot.js';
import type { Alias } from '../routing/aliases.js';
import { openaiModelOf } from './describe-models.js';
import { detailedTags } from './detailed-tags.js';
import { isPresent } from './is-present.js';
import { createModelList } from './model-list.js';
import { findBehind, findPresent } from './present-variants.js';
import { listRunners } from './runner-list.js';
import { NEWEST, type VariantPolicy } from './variant-policy.js';

/** The lists of the fleet as one Ollama, from the snapshot: nobody is asked, so that a sleeping machine delays nobody. */
export interface FleetLists {
  /** Body of `/api/tags` for a caller with these aliases; with what `?agents=1` adds. */
  tags(withAgents: boolean, aliases: readonly Alias[]): Buffer;
  /** Body of `/v1/models`. */
  openaiModels(aliases: readonly Alias[]): Buffer;
  /** `/v1/models/:model`, under the name that was asked for, its own or an alias; undefined where nobody that is there has it. */
  openaiModel(asked: string, alias: Alias | undefined): object | undefined;
  /** Body of `/api/ps`. */
  runners(withAgents: boolean): Buffer;
  /** The oldest Ollama that may answer, since every request must be one that it understands. */
  version(): string;
  close(): void;
}

/** What the lists show of an agent, by identity. */
type Shown = Pick<AgentRecord, 'models' | 'runners' | 'name'> & { readonly present: boolean };

export interface FleetListsDeps {
  readonly fleet: FleetView;
  readonly clock: Pick<Clock, 'now'>;
  /** Default: the newest. */
  readonly policy?: VariantPolicy;
}

export function createFleetLists({ fleet, clock, policy = NEWEST }: FleetListsDeps): FleetLists {
  const models = createModelList(policy);
  const shown = new Map<AgentId, Shown>();
  let runners: Buffer | undefined;

  function take(id: AgentId, record: AgentRecord | undefined): void {
    const before = shown.get(id);
    const after = record && { models: record.models, runners: record.runners, name: record.name, present: isPresent(record) };
    if (before?.models !== after?.models || before?.present !== after?.present) {
      for (const one of [before, after]) if (one) models.touch(one.models.keys());
      runners = undefined;
    }
    if (before?.runners !== after?.runners) runners = undefined;
    if (after) shown.set(id, after);
    else shown.delete(id);
  }
  for (const record of fleet.snapshot().agents.values()) take(record.id, record);
  const stop = fleet.onChange((_snapshot, { changed, removed }) => {
    for (const id of removed) take(id, undefined);
    for (const record of changed) take(record.id, record);
  });

  return {
    tags: (withAgents, aliases) =>
      withAgents ? toBuffer(detailedTags(fleet.snapshot(), aliases, policy)) : models.bodies(fleet.snapshot(), aliases).tags,
    openaiModels: (aliases) => models.bodies(fleet.snapshot(), aliases).openai,
    openaiModel(asked, alias) {
      const snapshot = fleet.snapshot();
      const present = alias ? findBehind(snapshot, alias, policy) : findPresent(snapshot, normalizeModelName(asked), policy);
      return present && openaiModelOf(asked, present.chosen.model);
    },
    runners(withAgents) {
      if (withAgents) return toBuffer(listRunners(fleet.snapshot(), clock.now(), true));
      runners ??= toBuffer(listRunners(fleet.snapshot(), clock.now(), false));
      return runners;
    },
    version() {
      const present = [...fleet.snapshot().agents.values()].filter(isPresent);
      const versions = present.map(({ ollamaVersion }) => ollamaVersion).filter((version) => version !== '');
      return versions.sort((one, other) => one.localeCompare(other, undefined, { numeric: true }))[0] ?? '0.0.0';
    },
    close: stop,
  };
}

function toBuffer(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
