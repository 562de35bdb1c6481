import { join } from 'node:path';
import { startProgram } from './program.mjs';
import { startAgent } from './programs.mjs';

/** Three machines that differ in what they have, so that the dashboard shows something to look at. */
const MACHINES = [
  { name: 'demo-desk', models: 'llama3.2,qwen3:8b' },
  { name: 'demo-rack', models: 'llama3.2,qwen3:8b,nomic-embed-text' },
  { name: 'demo-laptop', models: 'llama3.2' },
];

/** Starts three simulated Ollamas and an agent in front of each; resolves when the agents are started. */
export async function startDemo({ coordinator }, add) {
  const urls = await Promise.all(MACHINES.map((machine) => startSimulatedOllama(machine, add)));
  for (const [index, { name }] of MACHINES.entries()) {
    startAgent(
      { name, ollamaUrl: urls[index], coordinator, env: { AGENT_NAME: name, AGENT_DATA_DIR: join(coordinator.dataDir, name) } },
      add,
    );
  }
}

/** Resolves to its address, which is the first thing it prints. */
function startSimulatedOllama({ name, models }, add) {
  return new Promise((resolve) => {
    const program = startProgram({
      name: `simulated Ollama of ${name}`,
      script: join('test', 'dist', 'support', 'simulated-ollama', 'cli.js'),
      args: ['--port', '0', '--models', models],
      onLine: (line) => line.startsWith('{"url"') && resolve(JSON.parse(line).url),
    });
    add({ ...program, logPath: 'none' });
  });
}
