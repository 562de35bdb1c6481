import type { Clock } from '@ollama-coordinator/common';
import type { FleetSnapshot, FleetView } from '../registry/fleet-snapshot.js';

/** Longer than an agent takes to look at its Ollama and to tell; a client is not kept waiting for one that does not. */
const PATIENCE_MS = 3000;

/**
 * Resolves when the snapshot shows what was just done, so that a client which goes on at once finds it done. Resolves
 * anyway after some seconds: it is done, whoever has heard of it.
 */
export function untilShown(
  fleet: Pick<FleetView, 'snapshot' | 'onChange'>,
  isShown: (snapshot: FleetSnapshot) => boolean,
  clock: Pick<Clock, 'setTimeout'>,
): Promise<void> {
  if (isShown(fleet.snapshot())) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      stop();
      timer.cancel();
      resolve();
    };
    const timer = clock.setTimeout(finish, PATIENCE_MS);
    const stop = fleet.onChange((snapshot) => {
      if (isShown(snapshot)) finish();
    });
  });
}
