import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from './program.mjs';
import { startAgent } from './programs.mjs';

const GB = 1e9;
/** About as fast as the cards that people have, and slow enough to watch. */
const LLAMA = { name: 'llama3.2', sizeBytes: 2 * GB, loadMs: 800, outputTokens: 300, charsPerToken: 4 };
const QWEN = { name: 'qwen3:8b', sizeBytes: 5.2 * GB, loadMs: 1500, outputTokens: 300, charsPerToken: 4 };
const EMBED = { name: 'nomic-embed-text', kind: 'embedding' };

/** Three machines that differ in what they have, so that the dashboard shows something to look at. */
const MACHINES = [
  { name: 'demo-desk', vramBytes: 12 * GB, models: [at(30, LLAMA), at(15, QWEN)] },
  { name: 'demo-rack', vramBytes: 24 * GB, models: [at(40, LLAMA), at(20, QWEN), EMBED] },
  { name: 'demo-laptop', models: [at(15, LLAMA)] },
];

function at(decodeTokensPerS, model) {
  return { ...model, decodeTokensPerS, prefillTokensPerS: 20 * decodeTokensPerS };
}

/**
 * Starts three simulated Ollamas and an agent in front of each. Resolves with the machines when the agents are started:
 * `{ name, isOn(), pull(), putBack() }`. A machine whose plug is pulled is dead at once, without a word to anybody.
 */
export async function startDemo({ coordinator }, add) {
  const machines = MACHINES.map((machine) => createMachine(machine, coordinator, add));
  await Promise.all(machines.map((machine) => machine.putBack()));
  return machines;
}

function createMachine({ name, ...ollama }, coordinator, add) {
  const dataDir = join(coordinator.dataDir, name);
  let programs = [];
  // An agent is known by the port of its Ollama: with another one it would be another agent.
  let port = '0';
  return {
    name,
    isOn: () => programs.length > 0,
    pull() {
      for (const program of programs) program.unplug();
      programs = [];
    },
    async putBack() {
      const started = [];
      const note = (program) => {
        started.push(add(program));
      };
      const ollamaUrl = await startSimulatedOllama({ name, dataDir, port, ollama }, note);
      port = new URL(ollamaUrl).port;
      startAgent({ name, ollamaUrl, coordinator, env: { AGENT_NAME: name, AGENT_DATA_DIR: dataDir } }, note);
      programs = started;
    },
  };
}

/** Resolves to its address, which is the first thing it prints. */
function startSimulatedOllama({ name, dataDir, port, ollama }, add) {
  const config = join(dataDir, 'simulated-ollama.json');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(config, JSON.stringify(ollama));
  return new Promise((resolve) => {
    const program = startProgram({
      name: `simulated Ollama of ${name}`,
      script: join('test', 'dist', 'support', 'simulated-ollama', 'cli.js'),
      args: ['--port', port, '--config', config],
      onLine: (line) => line.startsWith('{"url"') && resolve(JSON.parse(line).url),
    });
    add({ ...program, logPath: 'none' });
  });
}
