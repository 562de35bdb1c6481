import { type AttackedFleet, startAttackedFleet } from './attacked-fleet.js';

let started: Promise<AttackedFleet> | undefined;

/** One fleet for every attack that leaves it as it was: two agents, `tiny` and `secret` on both. Starting one per file would take most of the time. */
export function sharedFleet(): Promise<AttackedFleet> {
  started ??= startAttackedFleet({ agents: ['one', 'two'], models: ['tiny', 'secret'] });
  return started;
}

// At the root: after the last file that used it.
after(async () => {
  const fleet = await started?.catch(() => undefined);
  await fleet?.close();
});
