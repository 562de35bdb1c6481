import { parseArgs } from 'node:util';
import { AppError, coordinatorConfigSchema, describeCause, flagName, settingMeta } from '@ollama-coordinator/common';
import { coordinatorVersion } from '../version.js';
import type { Command, Env, Flags } from './command.js';
import { EXPLAIN_FLAGS, EXPLAIN_USAGE, explain } from './explain.js';
import { AGENT_USAGE, manageAgent } from './manage-agent.js';
import { INVITE_FLAGS, INVITE_USAGE, manageAgents } from './manage-agents.js';
import { CONFIG_USAGE, manageConfig } from './manage-config.js';
import { JOBS_USAGE, manageJobs } from './manage-jobs.js';
import { JOIN_TOKEN_FLAGS, JOIN_TOKEN_SWITCHES, JOIN_TOKENS_USAGE, manageJoinTokens } from './manage-join-tokens.js';
import { KEY_FLAGS, KEYS_USAGE, manageKeys } from './manage-keys.js';
import { managePlacements, PLACEMENT_FLAGS, PLACEMENT_SWITCHES, PLACEMENTS_USAGE } from './manage-placements.js';
import { PULL_FLAGS, PULL_SWITCHES, PULL_USAGE, pullModel } from './pull-model.js';
import { REDIS_ACL_USAGE, redisAcl } from './redis-acl.js';
import { REPLAY_FLAGS, REPLAY_USAGE, replay } from './replay/replay.js';
import { serve } from './serve.js';
import { showModels } from './show-models.js';
import { showStatus } from './show-status.js';
import { showTop } from './show-top.js';

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { summary: 'start the coordinator (the default)', run: serve },
  status: { summary: 'say how a running coordinator is', run: showStatus },
  top: { summary: 'show the fleet live in this terminal', run: showTop },
  agents: {
    summary: 'list its agents, and invite further ones',
    usage: INVITE_USAGE,
    takesWords: true,
    flags: INVITE_FLAGS,
    switches: JOIN_TOKEN_SWITCHES,
    run: manageAgents,
  },
  models: {
    summary: 'list the models of its agents: who has each on disk, and who in memory',
    usage: ['models [--json]'],
    switches: ['json'],
    run: showModels,
  },
  agent: {
    summary: 'take one agent out, bring it back, and decide about its credential',
    usage: AGENT_USAGE,
    takesWords: true,
    run: manageAgent,
  },
  explain: {
    summary: 'say where a request for a model would go, why, and why not elsewhere',
    usage: EXPLAIN_USAGE,
    takesWords: true,
    flags: EXPLAIN_FLAGS,
    switches: ['json'],
    run: explain,
  },
  config: {
    summary: 'show the settings in force, and change those that may change while coordinators run',
    usage: CONFIG_USAGE,
    takesWords: true,
    switches: ['json'],
    run: manageConfig,
  },
  pull: {
    summary: 'bring a model to agents',
    usage: PULL_USAGE,
    takesWords: true,
    flags: PULL_FLAGS,
    switches: PULL_SWITCHES,
    run: pullModel,
  },
  jobs: { summary: 'list, watch and cancel jobs', usage: JOBS_USAGE, takesWords: true, run: manageJobs },
  placements: {
    summary: 'list, make, change and remove policies about which agents have a model',
    usage: PLACEMENTS_USAGE,
    takesWords: true,
    flags: PLACEMENT_FLAGS,
    switches: PLACEMENT_SWITCHES,
    run: managePlacements,
  },
  keys: {
    summary: 'make, list and revoke API keys, and see what they used',
    usage: KEYS_USAGE,
    takesWords: true,
    flags: KEY_FLAGS,
    run: manageKeys,
  },
  'join-tokens': {
    summary: 'make, list and revoke the tokens that agents join with',
    usage: JOIN_TOKENS_USAGE,
    takesWords: true,
    flags: JOIN_TOKEN_FLAGS,
    switches: JOIN_TOKEN_SWITCHES,
    run: manageJoinTokens,
  },
  'redis-acl': {
    summary: 'users for a Redis that agents publish to themselves, each for its own keys',
    usage: REDIS_ACL_USAGE,
    takesWords: true,
    switches: ['aclfile'],
    run: redisAcl,
  },
  replay: {
    summary: 'recorded arrivals on another fleet, or under another balancer, in simulated time',
    usage: REPLAY_USAGE,
    takesWords: true,
    flags: REPLAY_FLAGS,
    run: replay,
  },
};

const COMMAND_FLAGS = [...new Set(Object.values(COMMANDS).flatMap(({ flags = [] }) => flags))];
const COMMAND_SWITCHES = [...new Set(Object.values(COMMANDS).flatMap(({ switches = [] }) => switches))];

/** Runs one command line. Resolves with the exit code; a failure is one sentence on standard error, never a stack. */
export async function runCli(argv: readonly string[], env: Env): Promise<number> {
  try {
    const strange = strangeFlag(argv);
    if (strange !== undefined) return complain(strange);
    const { values, positionals } = parseArgs({ args: [...argv], options: optionsFor(argv), allowPositionals: true });
    const [name = 'serve', ...words] = positionals;
    const command = COMMANDS[name];
    if (values.version) return print(coordinatorVersion());
    if (values.help || name === 'help') return print(helpText());
    if (!command || (words.length > 0 && !command.takesWords))
      return complain(`"${positionals.join(' ')}" is not a command; "ollama-coordinator help" lists them`);
    return await command.run(flagValues(values), env, words);
  } catch (failure) {
    return complain(failure instanceof AppError || isOfCommandLine(failure) ? failure.message : describeCause(failure));
  }
}

/** A sentence about the first flag that belongs to other commands than the named one. */
function strangeFlag(argv: readonly string[]): string | undefined {
  const name = namedCommand(argv);
  const { flags = [], switches = [] } = COMMANDS[name] ?? {};
  const { tokens } = parseArgs({ args: [...argv], strict: false, tokens: true });
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const strange = [...COMMAND_FLAGS, ...COMMAND_SWITCHES].find((flag) => given.includes(flag) && ![...flags, ...switches].includes(flag));
  return strange === undefined ? undefined : `--${strange} is no flag of "${name}"; "ollama-coordinator help" lists them`;
}

function namedCommand(argv: readonly string[]): string {
  return argv.find((word) => Object.hasOwn(COMMANDS, word)) ?? 'serve';
}

/** Every option of every command. `json` is a file for one command and a switch for others: the command that is named decides. */
function optionsFor(argv: readonly string[]) {
  const ownSwitches = COMMANDS[namedCommand(argv)]?.switches ?? [];
  const settings = Object.keys(coordinatorConfigSchema.shape).filter((key) => !isTomlOnly(key));
  const options = Object.fromEntries(settings.map((key) => [flagName(key, coordinatorConfigSchema), { type: 'string' as const }]));
  return {
    ...Object.fromEntries(COMMAND_SWITCHES.map((flag) => [flag, { type: 'boolean' as const }])),
    ...Object.fromEntries(COMMAND_FLAGS.map((flag) => [flag, { type: 'string' as const }])),
    ...Object.fromEntries(ownSwitches.map((flag) => [flag, { type: 'boolean' as const }])),
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

function flagValues(values: Readonly<Record<string, string | boolean | undefined>>): Flags {
  const text = (flag: string) => (typeof values[flag] === 'string' ? values[flag] : undefined);
  const settings = Object.keys(coordinatorConfigSchema.shape).map((key) => [key, text(flagName(key, coordinatorConfigSchema))]);
  const ofCommands = COMMAND_FLAGS.map((flag) => [flag, text(flag)]);
  const switches = COMMAND_SWITCHES.filter((flag) => values[flag] === true).map((flag) => [flag, 'true']);
  return {
    ...Object.fromEntries(ofCommands),
    ...Object.fromEntries(switches),
    ...Object.fromEntries(settings),
    url: text('url'),
    key: text('key'),
  };
}

function helpText(): string {
  const commands = Object.entries(COMMANDS).flatMap(([name, { summary, usage = [] }]) => [
    `  ${name.padEnd(10)} ${summary}`,
    ...usage.map((line) => `${' '.repeat(15)}${line}`),
  ]);
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

function isOfCommandLine(failure: unknown): failure is Error {
  return failure instanceof Error && 'code' in failure && String(failure.code).startsWith('ERR_PARSE_ARGS');
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function complain(sentence: string): number {
  process.stderr.write(`ollama-coordinator: ${sentence}\n`);
  return 1;
}
