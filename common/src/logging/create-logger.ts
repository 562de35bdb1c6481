import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export interface LoggerOptions {
  readonly program: string;
  readonly level: (typeof LOG_LEVELS)[number];
  /** A file to append to beside standard output's default; undefined writes to standard output. */
  readonly file?: string;
}

/** One JSON line per event. Writes are synchronous, so that the last lines before a crash are kept. */
export function createLogger({ program, level, file }: LoggerOptions): Logger {
  const destination = pino.destination({ dest: file ?? 1, sync: true, mkdir: true });
  return pino({ name: program, level, base: { name: program, pid: process.pid } }, destination);
}

/** A logger that says nothing, for parts under test. */
export const silentLogger: Logger = pino({ level: 'silent' });
