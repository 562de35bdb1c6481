import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AgentConfig, createLogger, type Logger } from '@ollama-coordinator/common';

/** A program with a window has no terminal. What is larger is put aside at the next start, and replaced at the one after. */
const LARGEST_BYTES = 5_000_000;

export function openLog(path: string, level: AgentConfig['logLevel']): Logger {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_BYTES) renameSync(path, `${path}.1`);
  return createLogger({ program: 'ollama-agent-desktop', level, file: path });
}
