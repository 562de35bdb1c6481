import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ModelSpec } from '#simulator/ollama/model.js';
import type { SimulatedOllamaOptions } from './options.js';
import { PROFILES, type ProfileName } from './profiles.js';
import { startSimulatedOllama } from './start-simulated-ollama.js';

const USAGE = `Usage: cli.js [--port N] [--host H] [--models tiny,slow,…] [--parallel N] [--config FILE] [--with-parent]
  --models       profiles (${Object.keys(PROFILES).join(', ')}) or other names, which answer at once
  --config FILE  JSON of the options of startSimulatedOllama; flags win over it
  --with-parent  ends when stdin closes`;

/** Runs one simulated Ollama: prints {"url":…} on one line when it answers, and ends on SIGTERM, SIGINT, or with its parent. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      models: { type: 'string' },
      parallel: { type: 'string' },
      config: { type: 'string' },
      'with-parent': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return;
  }
  const config = values.config === undefined ? {} : (JSON.parse(readFileSync(values.config, 'utf8')) as SimulatedOllamaOptions);
  const sim = await startSimulatedOllama({
    ...config,
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.parallel === undefined ? {} : { numParallel: Number(values.parallel) }),
    ...(values.models === undefined ? {} : { models: values.models.split(',').map(profileOrName) }),
  });
  const stop = () => void sim.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (values['with-parent'] === true) process.stdin.once('close', stop).resume();
  console.log(JSON.stringify({ url: sim.url }));
}

function profileOrName(name: string): ModelSpec {
  return PROFILES[name as ProfileName] ?? { name };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
