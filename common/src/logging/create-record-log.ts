import { pino } from 'pino';
import type { Clock, Timer } from '../time/clock.js';
import type { Logger } from './create-logger.js';

/** A record is in the log this much later at most. */
const GATHER_MS = 20;
/** More than this is not gathered. */
const GATHERED_CHARS = 65_536;

/** Info lines made of records that are JSON already. */
export interface RecordLog {
  /** `json`: an object with at least one field. Never throws for what is in it. */
  write(json: string, message: string): void;
  /** Writes what is gathered. Called when the program leaves in an orderly way; it does so itself when the process exits. */
  close(): void;
}

/**
 * Writes the lines that `log.info(record, message)` would, for the one line per request. pino would take the record apart a
 * second time, and each line would be a system call: together a tenth of what a request costs. What is not written yet is
 * written at exit, after an uncaught error too; only a kill -9 or a crash of the machine loses the last GATHER_MS of these lines.
 * Everything else goes on being written at once.
 */
export function createRecordLog(log: Logger, clock: Pick<Clock, 'now' | 'setTimeout'>): RecordLog {
  // pino exports the names of these for those who write lines of their own.
  const { streamSym, chindingsSym } = pino.symbols;
  const own = log as unknown as Readonly<Record<symbol, unknown>>;
  const stream = own[streamSym] as { write(text: string): void };
  const bindings = own[chindingsSym] as string;
  const level = log.levels.values.info;
  let gathered = '';
  let timer: Timer | undefined;

  function flush(): void {
    timer?.cancel();
    timer = undefined;
    process.off('exit', flush);
    const text = gathered;
    gathered = '';
    if (text !== '') stream.write(text);
  }

  function flushSoon(): void {
    if (timer) return;
    timer = clock.setTimeout(flush, GATHER_MS);
    process.once('exit', flush);
  }

  return {
    write(json, message) {
      if (!log.isLevelEnabled('info')) return;
      gathered += `{"level":${level},"time":${clock.now()}${bindings},${json.slice(1, -1)},"msg":"${message}"}\n`;
      if (gathered.length >= GATHERED_CHARS) flush();
      else flushSoon();
    },
    close: flush,
  };
}
