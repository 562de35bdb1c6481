import type { Clock } from '@ollama-coordinator/common';
import { diskFreeBytes, type LocatedModels, type LocateModelsOptions, locateModels } from './locate-models.js';

/** Where Ollama keeps models, and how much room there is. */
export interface ModelsDisk {
  /** Undefined where it is not on this machine or not to be found. */
  locate(): Promise<LocatedModels | undefined>;
  freeBytes(): Promise<number | undefined>;
  /** Ollama was started again, perhaps with another folder. */
  forget(): void;
}

/** A folder that was not found may appear: it is looked for again after this long. */
const LOOK_AGAIN_MS = 60_000;

export function createModelsDisk({ clock, ...options }: LocateModelsOptions & { readonly clock: Clock }): ModelsDisk {
  let located: Promise<LocatedModels | undefined> | undefined;
  let locatedMs = 0;

  async function locate(): Promise<LocatedModels | undefined> {
    if (located === undefined || ((await located) === undefined && clock.monotonic() - locatedMs > LOOK_AGAIN_MS)) {
      locatedMs = clock.monotonic();
      located = locateModels(options);
    }
    return located;
  }
  return {
    locate,
    async freeBytes() {
      const found = await locate();
      return found && diskFreeBytes(found.folder);
    },
    forget() {
      located = undefined;
    },
  };
}
