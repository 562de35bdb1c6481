/** What the fleet process is told: be that many agents of that coordinator. */
export interface JoinOrder {
  readonly kind: 'join';
  readonly coordinatorUrl: string;
  readonly agents: number;
  readonly heartbeatMs: number;
  /** Whether each agent listens and answers `GET /agent/watch`; else its port refuses connections. */
  readonly watched: boolean;
}

/** What has happened since it was asked last. */
export interface CountOrder {
  readonly kind: 'count';
}

export type FleetOrder = JoinOrder | CountOrder;

export interface FleetCounts {
  readonly heartbeats: number;
  /** Watches that are open at this moment. */
  readonly watches: number;
  readonly failureCount: number;
  /** The first few, as sentences. */
  readonly failures: readonly string[];
}
