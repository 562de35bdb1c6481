/** Connection errors before anybody can have seen the request. */
const NOT_REACHED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EADDRNOTAVAIL']);

/** Whether the other side may have seen a request that ended in this failure of its connection. */
export function wasReached(failure: unknown): boolean {
  return !NOT_REACHED.has((failure as NodeJS.ErrnoException | undefined)?.code ?? '');
}
