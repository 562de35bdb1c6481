import type { Clock } from '@ollama-coordinator/common';
import { diskFreeBytes, type LocateModelsOptions, locateModels } from './locate-models.js';

/** Where Ollama keeps models, and how much room there is. */
export interface ModelsDisk {
  /** Undefined where it is not on this machine or not to be found. */
  folder(): Promise<string | undefined>;
  freeBytes(): Promise<number | undefined>;
  /** Ollama was started again, perhaps with another folder. */
  forget(): void;
}

/** A folder that was not found may appear: it is looked for again after this long. */
const LOOK_AGAIN_MS = 60_000;

export function createModelsDisk({ clock, ...options }: LocateModelsOptions & { readonly clock: Clock }): ModelsDisk {
  let located: Promise<string | undefined> | undefined;
  let locatedMs = 0;

  async function folder(): Promise<string | undefined> {
    if (located === undefined || ((await located) === undefined && clock.monotonic() - locatedMs > LOOK_AGAIN_MS)) {
      locatedMs = clock.monotonic();
      located = locateModels(options);
    }
    return located;
  }
  return {
    folder,
    async freeBytes() {
      const found = await folder();
      return found === undefined ? undefined : diskFreeBytes(found);
    },
    forget() {
      located = undefined;
    },
  };
}
