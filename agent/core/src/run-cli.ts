import { parseArgs } from 'node:util';
import {
  type AgentConfig,
  AppError,
  agentConfigSchema,
  systemClock as clock,
  createLogger,
  describeCause,
  flagName,
  loadConfig,
  systemRandom as random,
  settingMeta,
} from '@ollama-coordinator/common';
import { createAgent } from './agent.js';
import { describeStatus } from './describe-status.js';
import { drawSetup } from './draw-setup.js';
import { createOllamaSetup } from './ollama/run/ollama-setup.js';
import type { AgentReport } from './running-agent.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What ends a run: a signal, or a newer start of the same agent. */
type Ending = NodeJS.Signals | AppError;

/** The `ollama-agent` command. Returns the exit code; every failure is a sentence on standard error. */
export async function runCli(args: readonly string[], env: Env): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: cliOptions(), allowPositionals: true });
    const command = positionals[0] ?? 'help';
    if (command === 'help' || values.help === true) {
      process.stdout.write(helpText());
      return 0;
    }
    if (command !== 'run' && command !== 'status') return fail(`"${command}" is not a command; there are run, status and help`);
    const config = loadConfig(agentConfigSchema, { env, flags: readFlags(values), fileEnv: 'AGENT_CONFIG' });
    return command === 'run' ? await run(config) : await status(config);
  } catch (error) {
    return fail(sentenceOf(error));
  }
}

async function run(config: AgentConfig): Promise<number> {
  const log = createLogger({ program: 'ollama-agent', level: config.logLevel });
  let finish: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    finish = resolve;
  });
  const agent = createAgent({ config, log, onRegistered: (report) => say(registeredLine(report)), onSuperseded: (error) => finish(error) });
  const setup = createOllamaSetup({ config, log, clock, random, onChange: drawSetup(process.stdout, say) });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, finish);
  await agent.start();
  setup.start();
  const reason = await ended;
  await agent.stop();
  await setup.stop();
  if (reason instanceof AppError) return fail(reason.message);
  return 0;
}

async function status(config: AgentConfig): Promise<number> {
  const { ok, text } = await describeStatus(config);
  if (!ok) return fail(text);
  say(text);
  return 0;
}

function registeredLine({ name, agentId, coordinatorUrl, ollamaUrl, ollama }: AgentReport): string {
  const serving = ollama?.up
    ? `serving Ollama ${ollama.version} at ${ollamaUrl} with ${ollama.models} models`
    : `waiting for Ollama at ${ollamaUrl}`;
  return `registered with ${coordinatorUrl} as "${name}" (${agentId}), ${serving}`;
}

function cliOptions() {
  const settings = Object.keys(agentConfigSchema.shape).map((key) => [flagName(key, agentConfigSchema), { type: 'string' as const }]);
  return { ...(Object.fromEntries(settings) as Record<string, { type: 'string' }>), help: { type: 'boolean' as const, short: 'h' } };
}

function readFlags(values: Readonly<Record<string, string | boolean | undefined>>): Record<string, string | boolean | undefined> {
  return Object.fromEntries(Object.keys(agentConfigSchema.shape).map((key) => [key, values[flagName(key, agentConfigSchema)]]));
}

function helpText(): string {
  const lines = Object.entries(agentConfigSchema.shape).map(([key, leaf]) => {
    const { env = '', description, unit } = settingMeta(leaf);
    return `  --${flagName(key, agentConfigSchema).padEnd(14)} ${env.padEnd(22)} ${description}${unit ? ` [${unit}]` : ''}`;
  });
  return `ollama-agent: joins the Ollama of this machine to a coordinator

  ollama-agent run      register and serve until stopped
  ollama-agent status   what the coordinator knows of this agent
  ollama-agent help

Each setting is a flag or an environment variable; AGENT_CONFIG names a TOML file with the same settings.
${lines.join('\n')}
`;
}

function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  // parseArgs adds advice about dashes; its first sentence says which option it was.
  if (error instanceof TypeError) return `${error.message.split('. ')[0]}; "ollama-agent help" lists what there is`;
  return describeCause(error);
}

function say(line: string): void {
  process.stdout.write(`ollama-agent: ${line}\n`);
}

function fail(sentence: string): number {
  process.stderr.write(`ollama-agent: ${sentence}\n`);
  return 1;
}
