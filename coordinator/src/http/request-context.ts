import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiShape } from '@ollama-coordinator/common';
import type { Caller } from '../credentials/caller.js';

export type { Caller } from '../credentials/caller.js';

/** What a handler knows of an act that is put on record. */
export interface AuditNotes {
  target?: string;
  detail?: string;
  /** Where the request itself showed no key. */
  actor?: string;
  keyId?: string;
}

/** One HTTP request from its arrival on. */
export interface RequestContext {
  /** Sent back as x-coordinator-request-id and logged. */
  readonly id: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Path without the query, as it was sent. */
  readonly path: string;
  /** Variables of the path, as they were sent. */
  readonly params: Readonly<Record<string, string>>;
  /** What stands behind the question mark; usually empty. */
  readonly query: string;
  readonly shape: ApiShape;
  readonly caller: Caller;
  /** What the audit shall say of it beside what the route says; handlers may add to it. Never a secret. */
  readonly audit: AuditNotes;
  /** Wall time of the arrival. */
  readonly receivedAtMs: number;
  /** Monotonic time of the arrival. */
  readonly startedMs: number;
}
