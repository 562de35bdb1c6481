import { type ClientRequest, type Agent as HttpAgent, type IncomingMessage, request } from 'node:http';
import { describeCause, type WatchRecord, watchRecordSchema } from '@ollama-coordinator/common';

export interface AgentWatchDeps {
  /** As `http://10.0.0.7:11435`. */
  readonly address: string;
  readonly token: string;
  readonly httpAgent: HttpAgent;
  /** Any record but a ping. */
  readonly onRecord: (record: WatchRecord) => void;
  /** Bytes came, whatever they were. */
  readonly onSign: () => void;
  /** Called exactly once, unless `close()` came first. */
  readonly onEnd: (reason: string) => void;
}

/** A record longer than this is no record of ours; it also bounds what one agent may make us keep. */
const LINE_LIMIT_BYTES = 4 * 1024 * 1024;
const PING = Buffer.from('{"type":"ping"}\n');

/** Opens one `GET /agent/watch`; returns how to close it. A ping, nearly all of the traffic, is known by its bytes. */
export function openAgentWatch({ address, token, httpAgent, onRecord, onSign, onEnd }: AgentWatchDeps): () => void {
  let ended = false;
  const outgoing: ClientRequest = request(`${address}/agent/watch`, { agent: httpAgent, headers: { authorization: `Bearer ${token}` } });

  function end(reason: string): void {
    if (ended) return;
    ended = true;
    outgoing.destroy();
    onEnd(reason);
  }

  outgoing.on('error', (error) => end(describeCause(error)));
  outgoing.on('close', () => end('closed'));
  outgoing.on('response', (response: IncomingMessage) => {
    if (response.statusCode !== 200) return end(`answered ${response.statusCode}`);
    const readChunk = createLineReader((line) => {
      const record = parseRecord(line);
      if (record === undefined) end('sent something that is no watch record');
      else if (!ended && record.type !== 'ping') onRecord(record);
    });
    response.on('data', (chunk: Buffer) => {
      onSign();
      if (!readChunk(chunk)) end(`sent a line of more than ${LINE_LIMIT_BYTES} bytes`);
    });
    response.on('error', (error) => end(describeCause(error)));
    response.on('end', () => end('closed'));
  });
  outgoing.end();
  return () => {
    ended = true;
    outgoing.destroy();
  };
}

/** Cuts chunks into lines, pings left out. The reader answers false when a line grows beyond the limit. */
export function createLineReader(onLine: (line: string) => void): (chunk: Buffer) => boolean {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    if (rest.length === 0 && chunk.equals(PING)) return true;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      const line = bytes.subarray(start, end);
      start = end + 1;
      if (line.length > 0 && !line.equals(PING.subarray(0, -1))) onLine(line.toString());
    }
    rest = bytes.subarray(start);
    return rest.length <= LINE_LIMIT_BYTES;
  };
}

/** Undefined where the line is not JSON or has not the fields of its type. A type of a newer agent is passed over like a ping. */
export function parseRecord(line: string): WatchRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const parsed = watchRecordSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    return hasUnknownType(value) ? { type: 'ping' } : undefined;
  } catch {
    return undefined;
  }
}

function hasUnknownType(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') return false;
  return !['state', 'ping', 'grant', 'leaving'].includes(value.type);
}
