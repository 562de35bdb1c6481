import type { AgentRecord } from '../registry/fleet-snapshot.js';

/** One request on its way to one agent. */
export interface Attempt {
  readonly agent: AgentRecord;
  readonly token: string;
  readonly path: string;
  readonly body: Buffer;
  readonly requestId: string;
  readonly attempt: number;
  readonly signature: string;
  /** Of the slot that the agent keeps for it. */
  readonly grantId?: string;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  /** Milliseconds until the first byte must have come. */
  readonly firstByteTimeoutMs: number;
  /** Headers that the coordinator adds to the answer. */
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly onFirstByte: () => void;
}
