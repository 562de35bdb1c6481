import type { Prediction, Request, RequestStatus } from '@ollama-coordinator/common';
import type { QueuePlace } from '../admission/waiting-lines.js';
import type { FinalFigures } from '../forwarding/stream-end.js';
import type { InferenceRoute } from '../http/routes.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';

/** What is known of a request so far. Milliseconds. */
export interface Progress {
  readonly id: string;
  /** RFC 3339. */
  readonly receivedAt: string;
  readonly route: InferenceRoute;
  readonly callerId: string;
  readonly replicaId: string;
  model: string;
  signature: string;
  session: string | undefined;
  stream: boolean;
  attempts: number;
  queueMs: number;
  handovers: number;
  agent: AgentRecord | undefined;
  why: string | undefined;
  /** What was expected when the agent was chosen. */
  predicted: Prediction | undefined;
  /** When that was, from the request's arrival. */
  predictedAtMs: number;
  place: Pick<QueuePlace, 'position' | 'expectedWaitMs'> | undefined;
  firstByteMs: number | undefined;
}

/** What the end of a request says of it. */
export interface SettleDetails extends FinalFigures {
  readonly httpStatus: number;
  readonly errorCode?: string;
  readonly cause?: unknown;
}

const NOT_ENDED: SettleDetails = { httpStatus: 0 };

/**
 * The record of a request at this moment. Called for each, so fields that may be missing are added one by one: a spread
 * for each of them would make a dozen objects.
 */
export function describeRequest(known: Progress, status: RequestStatus, totalMs: number, details = NOT_ENDED): Request {
  const { route, model, signature, session, agent, why, place, predicted, firstByteMs } = known;
  const record: Request = {
    id: known.id,
    status,
    received_at: known.receivedAt,
    path: route.path,
    api: route.shape,
    operation: route.operation,
    model,
    caller: known.callerId,
    stream: known.stream,
    replica: known.replicaId,
    attempts: known.attempts,
    queue_ms: tenth(known.queueMs),
    total_ms: tenth(totalMs),
    http_status: details.httpStatus,
  };
  if (signature !== model) record.signature = signature;
  if (session !== undefined) record.session = session;
  if (agent !== undefined) {
    record.agent_id = agent.id;
    record.agent_name = agent.name;
  }
  if (why !== undefined) record.why = why;
  if (known.handovers > 0) record.handovers = known.handovers;
  if (status === 'queued' && place !== undefined) {
    record.queue_position = place.position;
    record.expected_wait_ms = Math.round(place.expectedWaitMs);
  }
  if (firstByteMs !== undefined) record.first_byte_ms = tenth(firstByteMs);
  if (predicted !== undefined) {
    record.predicted_first_byte_ms = tenth(known.predictedAtMs + predicted.first_byte_ms);
    record.predicted_total_ms = tenth(known.predictedAtMs + predicted.total_ms);
  }
  addDetails(record, details);
  return record;
}

function addDetails(record: Request, { errorCode, loadMs, prefillMs, decodeMs, promptTokens, outputTokens }: SettleDetails): void {
  if (loadMs !== undefined) record.load_ms = tenth(loadMs);
  if (prefillMs !== undefined) record.prefill_ms = tenth(prefillMs);
  if (decodeMs !== undefined) record.decode_ms = tenth(decodeMs);
  if (promptTokens !== undefined) record.prompt_tokens = promptTokens;
  if (outputTokens !== undefined) record.output_tokens = outputTokens;
  if (errorCode !== undefined) record.error_code = errorCode;
}

/** A tenth of a millisecond is as exact as a request's times are. */
export function tenth(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
