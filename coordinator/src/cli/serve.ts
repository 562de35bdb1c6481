import { createLogger } from '@ollama-coordinator/common';
import { createCoordinator } from '../app.js';
import { loadCoordinatorSettings } from '../config.js';
import type { Env, Flags } from './command.js';

/** Runs a coordinator until SIGTERM or SIGINT; a second signal ends it at once. */
export async function serve({ url: _url, key: _key, ...flags }: Flags, env: Env): Promise<number> {
  const { config, origins } = loadCoordinatorSettings(env, flags);
  const log = createLogger({
    program: 'coordinator',
    level: config.logLevel,
    ...(config.logFile === undefined ? {} : { file: config.logFile }),
  });
  const coordinator = createCoordinator({ config, origins, log });
  const { url, shownOnce } = await coordinator.start();
  for (const line of [`listening on ${url}, dashboard at ${url}/dashboard`, ...shownOnce])
    process.stderr.write(`ollama-coordinator: ${line}\n`);
  const signal = await nextSignal();
  log.info({ signal }, 'stopping');
  void nextSignal().then(() => process.exit(1));
  await coordinator.stop();
  return 0;
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const received = (signal: NodeJS.Signals) => {
      process.off('SIGTERM', received);
      process.off('SIGINT', received);
      resolve(signal);
    };
    process.on('SIGTERM', received);
    process.on('SIGINT', received);
  });
}
