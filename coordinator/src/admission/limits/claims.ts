/** Buckets of a window: what is used in one is free again when the window has moved past it. */
export const BUCKETS = 60;

/** What a replica asks of a window. */
export interface WindowClaim {
  /** Name of the window: its Redis key. */
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  /** The bucket that was the present one at the last answer, and what was used of it; -1 where none is known. */
  readonly bucket: number;
  readonly used: number;
  /** Used while no bucket was known. */
  readonly beside: number;
  /** How much more is wanted. */
  readonly want: number;
  /** What was used of earlier buckets, where that is not what was claimed. */
  readonly earlier: ReadonlyMap<number, number>;
}

export interface WindowGrant {
  readonly bucket: number;
  /** Of the bucket, what this replica has, used or not. */
  readonly granted: number;
  /** Milliseconds that are left of the bucket. */
  readonly leftMs: number;
  /** Milliseconds until something is free, where less was granted than wanted. */
  readonly retryMs: number;
  /** This replica decided alone. */
  readonly isLocal: boolean;
}

/** What a replica asks of the places for requests in flight. */
export interface SlotsClaim {
  readonly name: string;
  readonly limit: number;
  readonly want: number;
  readonly inFlight: number;
}

/** Where shares of a budget come from. Neither rejects. */
export interface Bank {
  claimWindow(claim: WindowClaim): Promise<WindowGrant>;
  /** Resolves with the places that this replica has. */
  claimSlots(claim: SlotsClaim): Promise<number>;
}
