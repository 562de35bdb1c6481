import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { LOG_LEVELS } from '../logging/create-logger.js';
import { aliasesSchema } from './aliases-schema.js';
import { boundSettings } from './bound-settings.js';
import { historySettings } from './history-settings.js';
import { httpUrl, textList, wholeNumber } from './leaf-schemas.js';
import { requestSettings } from './request-settings.js';
import { setting } from './setting.js';
import { variantsSchema } from './variants-schema.js';

/** `name=http://nas:11434,http://10.0.0.7:11434` → name → address; an unnamed one is named after its host. */
const ollamaUrls = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value;
    const entries = value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    return Object.fromEntries(
      entries.map((entry) =>
        /^[^/:=]+=/.test(entry)
          ? [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]
          : [URL.canParse(entry) ? new URL(entry).host.replaceAll(/[^A-Za-z0-9.-]/g, '-') : entry, entry],
      ),
    );
  },
  z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'names are 1–64 letters, digits, dots, dashes or underscores'), httpUrl),
);

/** One balancer of a profile. */
export const balancerChoiceSchema = z.strictObject({
  name: z.string().min(1),
  /** Its costs are multiplied by it. */
  weight: z.number().positive().max(1e6).default(1),
  options: z.record(z.string(), z.unknown()).default({}),
});
export type BalancerChoice = z.output<typeof balancerChoiceSchema>;

/** The coordinator's whole configuration. Each leaf says its environment variable, its sentence and its unit. */
export const coordinatorConfigSchema = z.object({
  host: setting(z.string().min(1).default('127.0.0.1'), {
    env: 'COORDINATOR_HOST',
    description: 'Address to listen on. Beyond loopback, API keys are on.',
  }),
  port: setting(wholeNumber(0, 65535).default(8080), { env: 'COORDINATOR_PORT', description: 'Port to listen on; 0 takes any free one.' }),
  redisUrl: setting(
    z
      .string()
      .regex(
        /^(rediss?(\+sentinel|\+cluster)?|unix):\/\//,
        'must start with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://',
      )
      .optional(),
    {
      env: 'COORDINATOR_REDIS_URL',
      flag: 'redis',
      description: 'Redis that all replicas share. Unset: a private one is started.',
      secret: true,
    },
  ),
  redisPrefix: setting(
    z
      .string()
      .max(64)
      .regex(/^[^{}]*$/, 'must not contain braces')
      .default(''),
    { env: 'COORDINATOR_REDIS_PREFIX', description: 'Text before every Redis key, so that several fleets can share one Redis.' },
  ),
  balancer: setting(z.string().min(1).default('predictive'), {
    env: 'COORDINATOR_BALANCER',
    description: 'Balancer plugin: an npm package, or the short name of one of ours. It alone decides.',
    insteadOf: 'balancers',
  }),
  balancerOptions: setting(z.record(z.string(), z.unknown()).default({}), {
    description: 'Options of that balancer, as its README lists them (TOML only).',
    insteadOf: 'balancers',
  }),
  balancers: setting(z.array(balancerChoiceSchema).max(32).default([]), {
    description: 'Several balancers that decide together, each with name, weight and options (TOML only: [[balancers]]).',
    runtime: true,
  }),
  agentTtlMs: setting(wholeNumber(300, 600_000).default(15_000), {
    env: 'COORDINATOR_AGENT_TTL_MS',
    description: 'Silence after which an agent is offline.',
    unit: 'ms',
  }),
  auth: setting(z.enum(['auto', 'on', 'off']).default('auto'), {
    env: 'COORDINATOR_AUTH',
    description: 'Whether API keys are needed. auto: only when listening beyond loopback.',
  }),
  adminKey: setting(z.string().min(16, 'must have at least 16 characters').optional(), {
    env: 'COORDINATOR_ADMIN_KEY',
    description: 'The first admin key. Unset: one is made and shown once.',
    secret: true,
  }),
  joinToken: setting(z.string().min(8, 'must have at least 8 characters').optional(), {
    env: 'COORDINATOR_JOIN_TOKEN',
    description: 'What an agent must present to register. Unset: one is made and shown once when keys are on.',
    secret: true,
  }),
  approveAgents: setting(z.enum(['on', 'off']).default('off'), {
    env: 'COORDINATOR_APPROVE_AGENTS',
    description:
      'Whether an agent that joins gets nothing until an administrator approves it. Those that joined before are not asked again.',
  }),
  agentNetworks: setting(textList.default([]), {
    env: 'COORDINATOR_AGENT_NETWORKS',
    description:
      'Subnets in which agents may listen, as 10.0.0.0/8. Unset: anywhere but on link-local and reserved addresses. Loopback only where agent and coordinator share a machine.',
  }),
  ollamaUrls: setting(ollamaUrls.default({}), {
    env: 'COORDINATOR_OLLAMA_URLS',
    flag: 'ollama',
    description: 'Ollamas without an agent of their own, as name=http://nas:11434,…',
  }),
  advertise: setting(httpUrl.optional(), {
    env: 'COORDINATOR_ADVERTISE',
    description: 'Address at which other replicas and hosted agents reach this one.',
  }),
  discovery: setting(z.union([z.enum(['off', 'on']), httpUrl]).default('off'), {
    env: 'COORDINATOR_DISCOVERY',
    description:
      'Whether agents of the same network find this coordinator ("ollama-agent discover", the button "Find" of the desktop agent), by mDNS. off; on: it tells its own address; or the address that it tells, as https://ollama.example.',
  }),
  clusterSecret: setting(z.string().min(16, 'must have at least 16 characters').optional(), {
    env: 'COORDINATOR_CLUSTER_SECRET',
    description: 'Secret that all replicas share; the key that signs towards agents is made from it.',
    secret: true,
  }),
  tlsCert: setting(z.string().min(1).optional(), {
    env: 'COORDINATOR_TLS_CERT',
    description: 'PEM file with the certificate for HTTPS. It is read again when it changes. Unset: plain HTTP.',
  }),
  tlsKey: setting(z.string().min(1).optional(), { env: 'COORDINATOR_TLS_KEY', description: 'PEM file with its private key.' }),
  tlsClientCa: setting(z.string().min(1).optional(), {
    env: 'COORDINATOR_TLS_CLIENT_CA',
    description:
      'PEM file with the authority whose certificates every caller must show (mutual TLS), agents too. Unset: none is asked for.',
  }),
  trustedProxies: setting(textList.default([]), {
    env: 'COORDINATOR_TRUSTED_PROXIES',
    description: 'Addresses or subnets whose X-Forwarded-For is believed.',
  }),
  hosts: setting(textList.default([]), {
    env: 'COORDINATOR_HOSTS',
    description:
      'Host names, as ollama.example or *.lab.example, that are served; others are refused. IP addresses and localhost always are. Unset: all.',
  }),
  aliases: setting(aliasesSchema.default({}), {
    description: 'Names that stand for models: gpt-4o = ["qwen3:32b", "llama3.2"]; the first of them that can answer does (TOML only).',
    runtime: true,
  }),
  keyAliases: setting(z.record(z.string().min(1).max(64), aliasesSchema).default({}), {
    description: 'The same for one API key, by its name; these come before those for everyone (TOML only: [key_aliases.ci]).',
    runtime: true,
  }),
  raiseNumCtx: setting(textList.default([]), {
    env: 'COORDINATOR_RAISE_NUM_CTX',
    description:
      'Models, as llama3.2 or qwen3*, whose requests get the num_ctx of a runner in memory where they ask for less or for none, so that nothing is reloaded.',
    runtime: true,
  }),
  variants: setting(variantsSchema.default({}), {
    env: 'COORDINATOR_VARIANTS',
    description:
      'Which build of a model requests go to where machines have different ones under one name: newest (where nothing is said), any, or a digest; for all, or as qwen3*=any,llama3.2=<digest>.',
    runtime: true,
  }),
  origins: setting(textList.default([]), {
    env: 'COORDINATOR_ORIGINS',
    description: 'Origins of web pages that may call, beside those of this machine, as https://chat.example; * stands for any text.',
  }),
  dataDir: setting(z.string().min(1).default(join(homedir(), '.ollama-coordinator')), {
    env: 'COORDINATOR_DATA_DIR',
    description: 'Folder for the signing key and the embedded Redis.',
  }),
  logLevel: setting(z.enum(LOG_LEVELS).default('info'), {
    env: 'COORDINATOR_LOG_LEVEL',
    description: 'Least severe level that is logged.',
  }),
  logFile: setting(z.string().min(1).optional(), { env: 'COORDINATOR_LOG_FILE', description: 'File to log to. Unset: standard output.' }),
  ...boundSettings,
  ...requestSettings,
  ...historySettings,
  pullAgents: setting(wholeNumber(1, 10_000).default(1), {
    env: 'COORDINATOR_PULL_AGENTS',
    description:
      'How many agents a pull brings a model to, where the caller does not say; those that have it already always belong to them.',
  }),
  jobRetryMs: setting(wholeNumber(10, 60_000).default(1000), {
    env: 'COORDINATOR_JOB_RETRY_MS',
    description: 'Wait before a failed job is tried again; doubles with each of five tries, up to a minute.',
    unit: 'ms',
  }),
  drainTimeoutMs: setting(wholeNumber(0, 3_600_000).default(30_000), {
    env: 'COORDINATOR_DRAIN_TIMEOUT_MS',
    description: 'Grace period for running requests at shutdown.',
    unit: 'ms',
  }),
});
export type CoordinatorConfig = z.output<typeof coordinatorConfigSchema>;

/** The settings that may change while a coordinator runs. */
export const RUNTIME_SETTINGS = [
  'aliases',
  'keyAliases',
  'balancers',
  'queueLimit',
  'queueTimeoutMs',
  'firstByteTimeoutMs',
  'loadTimeoutMs',
  'stallTimeoutMs',
  'handOver',
  'maxAttempts',
  'raiseNumCtx',
  'variants',
] as const satisfies readonly (keyof CoordinatorConfig)[];
export type RuntimeSetting = (typeof RUNTIME_SETTINGS)[number];
export type RuntimeValues = Pick<CoordinatorConfig, RuntimeSetting>;
