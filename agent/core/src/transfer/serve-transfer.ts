import type { ServerResponse } from 'node:http';
import { type Clock, type Timer, TRANSFER_PING_MS, type TransferRecord } from '@ollama-coordinator/common';
import type { TransferListener } from './transfer.js';

/** Layers are told this often at most; everything else at once. */
const GATHER_MS = 100;

type LayerRecord = Extract<TransferRecord, { type: 'layer' }>;

/** Answers with a transfer's records until it has ended or the reader leaves. `follow` begins to follow and returns how to stop. */
export function serveTransfer(res: ServerResponse, clock: Clock, follow: (listener: TransferListener) => () => void): void {
  const layers = new Map<string, LayerRecord>();
  let gathering: Timer | undefined;
  let isOver = false;

  const send = (record: TransferRecord) => {
    if (!res.destroyed && !res.writableEnded) res.write(`${JSON.stringify(record)}\n`);
  };
  const flush = () => {
    gathering?.cancel();
    gathering = undefined;
    for (const layer of layers.values()) send(layer);
    layers.clear();
  };
  const listener: TransferListener = (record) => {
    if (record.type === 'layer') {
      layers.set(record.digest, record);
      gathering ??= clock.setTimeout(flush, GATHER_MS);
      return;
    }
    flush();
    send(record);
    if (record.type !== 'done' && record.type !== 'failed') return;
    isOver = true;
    res.end();
  };

  res.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  const pinger = clock.setInterval(() => send({ type: 'ping' }), TRANSFER_PING_MS);
  const stop = follow(listener);
  if (!isOver) send({ type: 'ping' });
  res.once('close', () => {
    pinger.cancel();
    gathering?.cancel();
    stop();
  });
}
