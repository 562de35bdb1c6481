import { ChildProcess } from 'node:child_process';
import { parseArgs } from 'node:util';
import {
  type AgentConfig,
  AppError,
  agentConfigSchema,
  systemClock as clock,
  createLogger,
  describeCause,
  flagName,
  loadConfigWithOrigins,
  systemRandom as random,
  settingMeta,
} from '@ollama-coordinator/common';
import { createAgent } from './agent.js';
import type { AgentReport } from './agent-report.js';
import type { Command } from './commands/command.js';
import { discoverCommand } from './commands/discover.js';
import { joinCommand, usualConfigFile } from './commands/join.js';
import { pauseCommand, resumeCommand } from './commands/pause-and-resume.js';
import { serviceCommand } from './commands/service.js';
import { fail, say } from './commands/tell.js';
import { updateCommand } from './commands/update.js';
import { describeStatus } from './describe-status.js';
import { drawSetup } from './draw-setup.js';
import { createLocalOllama } from './ollama/run/local-ollama.js';
import { reportSetup } from './ollama/run/report-setup.js';
import { describePause } from './owner/describe-pause.js';
import { readOwnerChoice } from './owner/owner-choice.js';
import { handOver } from './update/hand-over.js';
import { sayReady } from './update/say-ready.js';
import { UpdateWatch } from './update/update-watch.js';
import { agentVersion } from './version.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What ends a run: a signal, a newer start of the same agent, or its own next version, which serves by now. */
type Ending = NodeJS.Signals | AppError | ChildProcess;

const COMMANDS: Readonly<Record<string, Command>> = {
  run: { usage: 'run', summary: 'register and serve until stopped', run },
  status: { usage: 'status', summary: 'what the coordinator knows of this agent, and what its owner said', run: status },
  discover: discoverCommand,
  join: joinCommand,
  pause: pauseCommand,
  resume: resumeCommand,
  service: serviceCommand,
  update: updateCommand,
  version: { usage: 'version', summary: 'its version', run: async () => tellVersion() },
};
const COMMAND_FLAGS = [...new Set(Object.values(COMMANDS).flatMap(({ flags = [] }) => flags))];

/** The `ollama-agent` command. Returns the exit code; every failure is a sentence on standard error. */
export async function runCli(args: readonly string[], env: Env): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: cliOptions(), allowPositionals: true });
    const [name = 'help', ...words] = positionals;
    if (name === 'help' || values.help === true) {
      process.stdout.write(helpText());
      return 0;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined || (words.length > 0 && !command.takesWords))
      return fail(`"${positionals.join(' ')}" is not a command; there are ${Object.keys(COMMANDS).join(', ')} and help`);
    const flags = readCommandFlags(values);
    const strange = COMMAND_FLAGS.find((flag) => flags[flag] !== undefined && !command.flags?.includes(flag));
    if (strange !== undefined) return fail(`--${strange} is no flag of "${name}"; "ollama-agent help" lists what there is`);
    // Of a service whose system reads no such files itself. What is in the environment already stays.
    if (values['env-file'] !== undefined) process.loadEnvFile(String(values['env-file']));
    const settings = readFlags(values);
    const dataDir = String(settings.dataDir ?? env.AGENT_DATA_DIR ?? agentConfigSchema.shape.dataDir.parse(undefined));
    const sources = { env, flags: settings, fileEnv: 'AGENT_CONFIG', usualFile: usualConfigFile(dataDir) };
    const { config, origins } = loadConfigWithOrigins(agentConfigSchema, sources);
    return await command.run(config, { words, flags, origins });
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
  const onRegistered = (report: AgentReport) => {
    say(registeredLine(report));
    void sayReady(process.env);
  };
  const readSetup = () => reportSetup(ollama.state);
  const agent = createAgent({ config, log, readSetup, onRegistered, onSuperseded: (error) => finish(error) });
  const ollama = createLocalOllama({ config, log, clock, random, onChange: drawSetup(process.stdout, say) });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, finish);
  await agent.start();
  ollama.start();
  const updates = new UpdateWatch({ config, log, clock, random, agent, onUpdated: finish });
  updates.start();
  const reason = await ended;
  await updates.stop();
  const code = reason instanceof ChildProcess ? await handOver(reason, { clock, env: process.env }) : 0;
  await agent.stop();
  await ollama.stop();
  if (reason instanceof AppError) return fail(reason.message);
  return code;
}

function tellVersion(): number {
  process.stdout.write(`${agentVersion()}\n`);
  return 0;
}

async function status(config: AgentConfig): Promise<number> {
  const nowMs = Date.now();
  const choice = await readOwnerChoice(config, nowMs);
  if (choice?.choice === 'pause') say(describePause({ by: 'owner', untilMs: choice.untilMs }, nowMs).text);
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
  const ofCommands = COMMAND_FLAGS.map((flag) => [flag, { type: 'string' as const }]);
  return {
    ...(Object.fromEntries([...settings, ...ofCommands]) as Record<string, { type: 'string' }>),
    'env-file': { type: 'string' as const },
    help: { type: 'boolean' as const, short: 'h' },
  };
}

function readFlags(values: Readonly<Record<string, string | boolean | undefined>>): Record<string, string | boolean | undefined> {
  return Object.fromEntries(Object.keys(agentConfigSchema.shape).map((key) => [key, values[flagName(key, agentConfigSchema)]]));
}

function readCommandFlags(values: Readonly<Record<string, string | boolean | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(COMMAND_FLAGS.map((flag) => [flag, typeof values[flag] === 'string' ? values[flag] : undefined]));
}

function helpText(): string {
  const lines = Object.entries(agentConfigSchema.shape).map(([key, leaf]) => {
    const { env = '', description, unit } = settingMeta(leaf);
    return `  --${flagName(key, agentConfigSchema).padEnd(14)} ${env.padEnd(22)} ${description}${unit ? ` [${unit}]` : ''}`;
  });
  const commands = Object.values(COMMANDS).map(({ usage, summary }) => `  ollama-agent ${usage.padEnd(34)} ${summary}`);
  return `ollama-agent: joins the Ollama of this machine to a coordinator

${commands.join('\n')}
  ollama-agent help

Each setting is a flag or an environment variable; AGENT_CONFIG names a TOML file with the same settings; else
agent.toml in the data folder is read, which "join" writes. --env-file FILE reads variables from a file first.
${lines.join('\n')}
`;
}

function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  // parseArgs adds advice about dashes; its first sentence says which option it was.
  if (error instanceof TypeError) return `${error.message.split('. ')[0]}; "ollama-agent help" lists what there is`;
  return describeCause(error);
}
