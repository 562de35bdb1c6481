import type { Clock, CoordinatorConfig, Logger, Random, SettingOrigins } from '@ollama-coordinator/common';

/** What every part of one coordinator is made with. */
export interface PartContext {
  readonly config: CoordinatorConfig;
  /** Where each given setting comes from. */
  readonly origins: SettingOrigins;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly replicaId: string;
  /** How to undo what was started, in the order of the starts. */
  readonly stops: (() => void | Promise<void>)[];
  isStopping: boolean;
}
