import type { Clock, CoordinatorConfig, Logger, Random, SettingOrigins, Tracing } from '@ollama-coordinator/common';
import type { CoordinatorTls } from '../reach/open-tls.js';
import type { Reach } from '../reach/reach.js';

/** What every part of one coordinator is made with. */
export interface PartContext {
  readonly config: CoordinatorConfig;
  /** Where each given setting comes from. */
  readonly origins: SettingOrigins;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly replicaId: string;
  /** How it connects to agents. */
  readonly addresses: Reach;
  /** What it serves HTTPS with; undefined: plain HTTP. */
  readonly tls: CoordinatorTls | undefined;
  /** Undefined: requests are not traced. */
  readonly tracing: Tracing | undefined;
  /** How to undo what was started, in the order of the starts. */
  readonly stops: (() => void | Promise<void>)[];
  isStopping: boolean;
  /** Where other replicas reach this one; undefined before it listens. */
  ownUrl: string | undefined;
}
