import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, transferRequestSchema } from '@ollama-coordinator/common';
import { serveTransfer } from '../transfer/serve-transfer.js';
import type { Transfers } from '../transfer/transfers.js';
import { readJsonBody } from './read-json-body.js';

const PATH = '/agent/transfers';

export interface TransferRoutesDeps {
  readonly transfers: Transfers;
  readonly clock: Clock;
}

/**
 * `POST /agent/transfers` starts or joins a transfer and answers with its records; `DELETE /agent/transfers/<job>` ends those that
 * the job alone wants. Undefined where the request is for neither. Rejects with BAD_REQUEST.
 */
export function answerTransfers(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  { transfers, clock }: TransferRoutesDeps,
): Promise<void> | undefined {
  if (req.method === 'POST' && path === PATH) {
    return readJsonBody(req, transferRequestSchema).then((request) => {
      const transfer = transfers.join(request);
      serveTransfer(res, clock, (listener) => transfers.follow(transfer, listener));
    });
  }
  if (req.method === 'DELETE' && path.startsWith(`${PATH}/`)) {
    transfers.cancel(path.slice(PATH.length + 1));
    res.writeHead(204).end();
    return Promise.resolve();
  }
  return undefined;
}
