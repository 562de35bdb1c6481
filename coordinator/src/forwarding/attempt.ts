import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { AnswerRelay } from './answer-relay.js';

/** One request on its way to one agent. */
export interface Attempt {
  readonly agent: AgentRecord;
  readonly token: string;
  readonly path: string;
  /** Whether the answer comes as a stream, not in one piece. */
  readonly stream: boolean;
  readonly body: Buffer;
  readonly requestId: string;
  readonly attempt: number;
  readonly signature: string;
  /** Of the slot that the agent keeps for it. */
  readonly grantId: string | undefined;
  /** Runners that should make room for it, the first one first. */
  readonly evict: readonly string[];
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  /** Names the span that this attempt is, where the request is traced. */
  readonly trace?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds until the first byte must have come. */
  readonly firstByteTimeoutMs: number;
  /** Where the answer comes in one piece: whether the agent reports that it works on it. See startFirstByteDeadline. */
  readonly isWorking: (() => boolean) | undefined;
  /** Milliseconds without a byte, after the first one, after which the agent counts as gone. */
  readonly stallTimeoutMs: number;
  /** Where an accepted answer goes. */
  readonly relay: AnswerRelay;
  /** Given what ends the attempt as if the agent had gone away. */
  readonly onStarted?: (end: () => void) => void;
  readonly onFirstByte: () => void;
}
