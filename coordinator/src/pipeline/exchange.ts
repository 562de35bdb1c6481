import type { Attempt, Clock, RunnerSignature, RuntimeValues } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Permit } from '../admission/limits/key-meters.js';
import type { RetryBudget } from '../admission/retry-budget.js';
import type { WaitingLines } from '../admission/waiting-lines.js';
import type { Balancing } from '../balancing/create-balancing.js';
import type { Tokens } from '../credentials/tokens.js';
import type { ForwardAttempt } from '../forwarding/forward-attempt.js';
import type { RequestContext } from '../http/request-context.js';
import type { RequestRecord } from '../recording/request-record.js';
import type { InferenceRequest } from '../routing/inference-request.js';
import type { Cancellation } from './live-requests.js';

/** What answering a request needs. */
export interface AnswerDeps {
  readonly balancing: Balancing;
  readonly lines: WaitingLines;
  readonly retries: RetryBudget;
  readonly forward: ForwardAttempt;
  readonly tokens: Tokens;
  /** Whether the agent is heard, and reports requests of this replica in flight on the runner. */
  readonly isWorking: (agent: AgentId, signature: RunnerSignature) => boolean;
  /** Told each attempt that reached an Ollama, when it has ended. */
  readonly onAttempt: (attempt: Attempt) => void;
  readonly replicaId: string;
  readonly clock: Clock;
  /** Its values may change: they are read when they are used. */
  readonly settings: AnswerSettings;
}

export type AnswerSettings = Readonly<
  Pick<RuntimeValues, 'maxAttempts' | 'queueTimeoutMs' | 'firstByteTimeoutMs' | 'loadTimeoutMs' | 'stallTimeoutMs' | 'handOver'>
>;

/** One request while it is being answered. */
export interface Exchange {
  readonly context: RequestContext;
  readonly request: InferenceRequest;
  readonly record: RequestRecord;
  readonly cancellation: Cancellation;
  /** Charged for each attempt; undefined for a caller without limits. */
  readonly permit: Permit | undefined;
  /** Whether no other model could answer instead, if none of the agents of this one does. */
  readonly isLast: boolean;
}
