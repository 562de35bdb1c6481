import { AppError } from '@ollama-coordinator/common';
import type { RequestId } from '@ollama-coordinator/common/balancing';

/** How an operator ends one request, wherever it stands. */
export interface Cancellation {
  /** Why the request ends; undefined while nobody cancelled it. */
  readonly reason: AppError | undefined;
  /** What ends the present step of the request, at most once; replaced by the next step. Called at once where it is too late to wait. */
  onCancel(end: (reason: AppError) => void): void;
  cancel(reason: AppError): void;
}

export function createCancellation(): Cancellation {
  let reason: AppError | undefined;
  let end = (_reason: AppError) => {};
  return {
    get reason() {
      return reason;
    },
    onCancel(next) {
      end = next;
      if (reason) end(reason);
    },
    cancel(given) {
      if (reason) return;
      reason = given;
      end(reason);
    },
  };
}

/** The requests of this replica that have no outcome yet. */
export interface LiveRequests {
  begin(id: RequestId): Cancellation;
  end(id: RequestId): void;
  /** Throws UNKNOWN_REQUEST. The caller is answered CANCELLED_BY_OPERATOR; a stream that has begun ends in that record. */
  cancel(id: RequestId): void;
}

const NOTHING = () => {};

export function createLiveRequests(): LiveRequests {
  const cancellations = new Map<RequestId, Cancellation>();
  return {
    begin(id) {
      const cancellation = createCancellation();
      cancellations.set(id, cancellation);
      return cancellation;
    },
    end(id) {
      // A Map that grew keeps its former table until the next full collection, and with it whatever hung on an entry:
      // without this, every request would be promoted to the old generation.
      cancellations.get(id)?.onCancel(NOTHING);
      cancellations.delete(id);
    },
    cancel(id) {
      const cancellation = cancellations.get(id);
      if (!cancellation) throw new AppError('UNKNOWN_REQUEST', { details: { request: id } });
      cancellation.cancel(new AppError('CANCELLED_BY_OPERATOR'));
    },
  };
}
