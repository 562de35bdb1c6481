import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { AppError, type Clock, createSplitLines, type Logger } from '@ollama-coordinator/common';

export interface OllamaProcessOptions {
  readonly program: string;
  /** Where it is to listen, as `http://127.0.0.1:11434`. */
  readonly ollamaUrl: string;
  /** Added to this process's environment: OLLAMA_MODELS, OLLAMA_NUM_PARALLEL. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Logger;
  /** It ended, whoever wanted that. */
  readonly onExit: (how: string) => void;
}

/** Ollama gets so long to end its runners. */
const STOP_GRACE_MS = 5000;
const KEPT_LINES = 5;

/** An `ollama serve` that is a child of the agent. */
export class OllamaProcess {
  readonly #options: OllamaProcessOptions;
  readonly #child: ChildProcess;
  readonly #lastLines: string[] = [];
  readonly #ended: Promise<void>;
  #hasEnded = false;

  constructor(options: OllamaProcessOptions) {
    const { program, ollamaUrl, env, log, onExit } = options;
    this.#options = options;
    this.#child = spawn(program, ['serve'], {
      env: { ...process.env, ...env, OLLAMA_HOST: new URL(ollamaUrl).host },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) this.#read(output);
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        if (this.#hasEnded) return;
        this.#hasEnded = true;
        resolve();
        onExit(how);
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (code, signal) => end(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`));
    });
    log.info({ program, ollama_pid: this.#child.pid }, 'Ollama is started');
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The end of what it printed, for the person who wants to know why it does not run. */
  get lastWords(): string {
    return this.#lastLines.join(' | ');
  }

  /** Asks it to end, and its runners with it; ends it where it does not. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const timer = this.#options.clock.setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    if (process.platform === 'win32') execFile('taskkill', ['/pid', String(this.#child.pid), '/T', '/F'], () => undefined);
    else this.#child.kill('SIGTERM');
    await this.#ended;
    timer.cancel();
  }

  /** The error for one that does not answer. */
  failed(cause: string): AppError {
    const { program, ollamaUrl } = this.#options;
    const words = this.lastWords === '' ? cause : `${cause}; it said: ${this.lastWords}`;
    return new AppError('OLLAMA_NOT_STARTED', { details: { file: program, url: ollamaUrl, cause: words } });
  }

  #read(output: Readable | null): void {
    const split = createSplitLines();
    output?.on('data', (chunk: Buffer) => {
      for (const line of split(chunk)) this.#keep(line);
    });
  }

  #keep(line: string): void {
    this.#lastLines.push(line.slice(0, 300));
    if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
    this.#options.log.debug({ ollama: line.slice(0, 1000) }, 'Ollama says');
  }
}
