import type { Scope } from '../http/routes.js';
import type { ApiKey } from './api-key.js';

/** Who asks: the name of an API key, or the address of an open coordinator's caller. */
export interface Caller {
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The key that it showed; absent where none is asked for. */
  readonly key?: ApiKey | undefined;
}
