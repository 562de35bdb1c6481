import { AppError } from '@ollama-coordinator/common';
import type { RequestId } from '@ollama-coordinator/common/balancing';

const NOTHING = () => {};

/** How an operator ends one request, wherever it stands. */
export class Cancellation {
  #reason: AppError | undefined;
  #end: (reason: AppError) => void = NOTHING;

  /** Why the request ends; undefined while nobody cancelled it. */
  get reason(): AppError | undefined {
    return this.#reason;
  }

  /** What ends the present step of the request, at most once; replaced by the next step. Called at once where it is too late to wait. */
  onCancel(end: (reason: AppError) => void): void {
    this.#end = end;
    if (this.#reason) end(this.#reason);
  }

  cancel(reason: AppError): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#end(reason);
  }

  /** The request is over: what ended its last step is not held any longer. */
  close(): void {
    this.#end = NOTHING;
  }
}

/** The requests of this replica that have no outcome yet. */
export interface LiveRequests {
  begin(id: RequestId): Cancellation;
  end(id: RequestId): void;
  /** False where it is not here. The caller is answered CANCELLED_BY_OPERATOR; a stream that has begun ends in that record. */
  cancel(id: RequestId): boolean;
}

export function createLiveRequests(): LiveRequests {
  const cancellations = new Map<RequestId, Cancellation>();
  return {
    begin(id) {
      const cancellation = new Cancellation();
      cancellations.set(id, cancellation);
      return cancellation;
    },
    end(id) {
      // A Map that grew keeps its former table until the next full collection, and with it whatever hung on an entry:
      // without this, every request would be promoted to the old generation.
      cancellations.get(id)?.close();
      cancellations.delete(id);
    },
    cancel(id) {
      const cancellation = cancellations.get(id);
      cancellation?.cancel(new AppError('CANCELLED_BY_OPERATOR'));
      return cancellation !== undefined;
    },
  };
}
