import { join } from 'node:path';
import { findFreePort } from '../find-free-port.js';
import { startProgram } from '../start-program.js';

export interface ServerSettings {
  readonly ollama: string;
  /** Its HOME; its log is `ollama.log` there. */
  readonly home: string;
  /** Its OLLAMA_MODELS. */
  readonly models: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the server and, through it, its runners. */
  close(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** Runs `ollama serve` on a free port of loopback; resolves when it answers. */
export async function runServer({ ollama, home, models, env }: ServerSettings): Promise<RunningServer> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const program = await startProgram({
    name: `Ollama on ${port}`,
    command: ollama,
    args: ['serve'],
    env: { OLLAMA_HOST: `127.0.0.1:${port}`, OLLAMA_MODELS: models, HOME: home, ...env },
    outputFile: join(home, 'ollama.log'),
    isReady: async () => (await fetch(`${url}/api/version`)).ok,
  });
  return { url, port, pid: program.pid, close: () => program.stop(5000), signal: (name) => program.signal(name) };
}
