import { parseArgs } from 'node:util';
import { AppError, coordinatorConfigSchema, describeCause, flagName, settingMeta } from '@ollama-coordinator/common';
import { coordinatorVersion } from '../version.js';
import type { Command, Env, Flags } from './command.js';
import { drainAgent } from './drain-agent.js';
import { serve } from './serve.js';
import { showAgents } from './show-agents.js';
import { showStatus } from './show-status.js';

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { summary: 'start the coordinator (the default)', run: serve },
  status: { summary: 'say how a running coordinator is', run: showStatus },
  agents: { summary: 'list its agents', run: showAgents },
  agent: {
    summary: 'agent drain NAME: send it no further requests; agent resume NAME: send it requests again',
    takesWords: true,
    run: drainAgent,
  },
};

/** Runs one command line. Resolves with the exit code; a failure is one sentence on standard error, never a stack. */
export async function runCli(argv: readonly string[], env: Env): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: cliOptions(), allowPositionals: true });
    const [name = 'serve', ...words] = positionals;
    const command = COMMANDS[name];
    if (values.version) return print(coordinatorVersion());
    if (values.help || name === 'help') return print(helpText());
    if (!command || (words.length > 0 && !command.takesWords))
      return complain(`"${positionals.join(' ')}" is not a command; "ollama-coordinator help" lists them`);
    return await command.run(flagValues(values), env, words);
  } catch (failure) {
    return complain(failure instanceof AppError ? failure.message : describeCause(failure));
  }
}

function cliOptions() {
  const settings = Object.keys(coordinatorConfigSchema.shape).filter((key) => !isTomlOnly(key));
  const options = Object.fromEntries(settings.map((key) => [flagName(key, coordinatorConfigSchema), { type: 'string' as const }]));
  return {
    ...options,
    url: { type: 'string' as const },
    key: { type: 'string' as const },
    help: { type: 'boolean' as const, short: 'h' },
    version: { type: 'boolean' as const, short: 'v' },
  };
}

function isTomlOnly(key: string): boolean {
  const leaf = coordinatorConfigSchema.shape[key as keyof typeof coordinatorConfigSchema.shape];
  return settingMeta(leaf).env === undefined;
}

/** Flags by setting key, and `url` and `key` of the commands that talk to a running coordinator. */
function flagValues(values: Readonly<Record<string, string | boolean | undefined>>): Flags {
  const text = (flag: string) => (typeof values[flag] === 'string' ? values[flag] : undefined);
  const settings = Object.keys(coordinatorConfigSchema.shape).map((key) => [key, text(flagName(key, coordinatorConfigSchema))]);
  return { ...Object.fromEntries(settings), url: text('url'), key: text('key') };
}

function helpText(): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  const settings = Object.entries(coordinatorConfigSchema.shape)
    .filter(([key]) => !isTomlOnly(key))
    .map(
      ([key, leaf]) =>
        `  --${flagName(key, coordinatorConfigSchema).padEnd(24)} ${settingMeta(leaf).description} (${settingMeta(leaf).env})`,
    );
  return [
    'ollama-coordinator: one address in front of every machine that runs Ollama',
    '',
    'ollama-coordinator [command] [--flag value …]',
    '',
    ...commands,
    '',
    'Settings (flags win over the environment, the environment over the file named in COORDINATOR_CONFIG):',
    ...settings,
    '',
    'For all but serve: --url http://127.0.0.1:8080 and --key KEY (or COORDINATOR_API_KEY).',
  ].join('\n');
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function complain(sentence: string): number {
  process.stderr.write(`ollama-coordinator: ${sentence}\n`);
  return 1;
}
