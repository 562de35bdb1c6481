import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { LOG_LEVELS } from '../logging/create-logger.js';
import { displayNameSchema, labelsSchema } from '../protocol/primitives.js';
import { certificateSchema, TRANSPORTS } from '../protocol/registration.js';
import { httpUrl, textRecord, wholeNumber } from './leaf-schemas.js';
import { parseSchedule } from './schedule.js';
import { setting } from './setting.js';

/** Days and hours; see parseSchedule(). */
const scheduleText = z.string().superRefine((text, context) => {
  try {
    parseSchedule(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});
const versionName = z.string().regex(/^(latest|\d+\.\d+\.\d+[\w.+-]*)$/, 'must be a version as 0.13.3');

/** The agent's whole configuration. */
export const agentConfigSchema = z.object({
  coordinatorUrl: setting(httpUrl.default('http://127.0.0.1:8080'), {
    env: 'AGENT_COORDINATOR_URL',
    flag: 'coordinator',
    description: 'Address of the coordinator.',
  }),
  ollamaUrl: setting(httpUrl.default('http://127.0.0.1:11434'), {
    env: 'AGENT_OLLAMA_URL',
    flag: 'ollama',
    description: 'Address of the Ollama that this agent stands in front of.',
  }),
  host: setting(z.string().min(1).default('127.0.0.1'), { env: 'AGENT_HOST', description: 'Address to listen on.' }),
  port: setting(wholeNumber(0, 65535).default(11435), { env: 'AGENT_PORT', description: 'Port to listen on; 0 takes any free one.' }),
  name: setting(displayNameSchema.optional(), { env: 'AGENT_NAME', description: 'Name for people. Unset: the machine name.' }),
  advertise: setting(z.string().min(1).optional(), {
    env: 'AGENT_ADVERTISE',
    description: 'Host, or host:port, at which the coordinator reaches this agent. Unset: the address it listens on.',
  }),
  transport: setting(z.enum(TRANSPORTS).default('auto'), { env: 'AGENT_TRANSPORT', description: 'How requests reach this agent.' }),
  tlsCert: setting(z.string().min(1).optional(), {
    env: 'AGENT_TLS_CERT',
    description:
      'PEM file with the certificate that this agent serves with, and shows to a coordinator that asks. Read again when it changes. Unset: plain HTTP.',
  }),
  tlsKey: setting(z.string().min(1).optional(), { env: 'AGENT_TLS_KEY', description: 'PEM file with its private key.' }),
  tlsCa: setting(z.string().min(1).optional(), {
    env: 'AGENT_TLS_CA',
    description: 'PEM file with the authority of the coordinator’s certificate. Unset: those that Node.js knows.',
  }),
  coordinatorCertificate: setting(certificateSchema.optional(), {
    env: 'AGENT_COORDINATOR_CERTIFICATE',
    description: 'SHA-256, as AB:CD:…, of a certificate of the coordinator that is trusted whoever signed it; "ollama-agent join" sets it.',
  }),
  coordinatorProxy: setting(z.union([z.enum(['auto', 'off']), httpUrl]).default('auto'), {
    env: 'AGENT_COORDINATOR_PROXY',
    description:
      'HTTP proxy on the way to the coordinator, as http://user:password@proxy:3128. auto: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, for a coordinator outside the own network; off: none.',
    secret: true,
  }),
  joinToken: setting(z.string().min(1).optional(), {
    env: 'AGENT_JOIN_TOKEN',
    description: 'Token that the coordinator printed at its first start.',
    secret: true,
  }),
  redisUrl: setting(
    z
      .string()
      .regex(/^(rediss?(\+sentinel|\+cluster)?|unix):\/\//, 'must start with redis:// or rediss://')
      .optional(),
    {
      env: 'AGENT_REDIS_URL',
      flag: 'redis',
      description: 'Redis to publish heartbeats to. Unset: they go to the coordinator.',
      secret: true,
    },
  ),
  redisPrefix: setting(
    z
      .string()
      .max(64)
      .regex(/^[^{}]*$/, 'must not contain braces')
      .default(''),
    { env: 'AGENT_REDIS_PREFIX', description: "Text before every Redis key; the same as the coordinator's." },
  ),
  heartbeatMs: setting(wholeNumber(100, 60_000).default(5000), {
    env: 'AGENT_HEARTBEAT_MS',
    description: 'Time between heartbeats.',
    unit: 'ms',
  }),
  slots: setting(z.union([z.literal('auto'), wholeNumber(1, 1024)]).default('auto'), {
    env: 'AGENT_SLOTS',
    description: 'Requests that one loaded model answers at the same time. auto: OLLAMA_NUM_PARALLEL where it can be read, else 1.',
  }),
  vramBytes: setting(z.union([z.literal('auto'), wholeNumber(0, 2 ** 50)]).default('auto'), {
    env: 'AGENT_VRAM_BYTES',
    unit: 'bytes',
    description:
      'Graphics memory that Ollama may fill with models; what would not fit waits until idle models are unloaded. auto: as the driver of the cards says; 0: not known, Ollama decides.',
  }),
  labels: setting(textRecord.pipe(labelsSchema).default({}), { env: 'AGENT_LABELS', description: 'Labels, as gpu=4090,room=lab.' }),
  modelsDir: setting(z.string().min(1).optional(), {
    env: 'AGENT_OLLAMA_MODELS',
    description: "Ollama's models folder. Unset: found by Ollama's own environment, or where Ollama keeps it by default.",
  }),
  ollamaSetup: setting(z.enum(['off', 'start', 'install']).default('start'), {
    env: 'AGENT_OLLAMA_SETUP',
    description:
      'What the agent does where no Ollama answers on this machine. off: waits; start: starts the one that is installed; install: downloads one into its own folder where none is.',
  }),
  ollamaBinary: setting(z.string().min(1).optional(), {
    env: 'AGENT_OLLAMA_BINARY',
    description: 'Program of Ollama to start. Unset: found on PATH and in the usual folders.',
  }),
  ollamaVersion: setting(versionName.default('0.13.3'), {
    env: 'AGENT_OLLAMA_VERSION',
    description: 'Version that is downloaded, or latest.',
  }),
  ollamaMinVersion: setting(versionName.default('0.9.0'), {
    env: 'AGENT_OLLAMA_MIN_VERSION',
    description: 'An installed Ollama that is older is not used.',
  }),
  ollamaDownloadUrl: setting(httpUrl.optional(), {
    env: 'AGENT_OLLAMA_DOWNLOAD_URL',
    description: "Folder on the web with Ollama's archives and their sha256sum.txt. Unset: Ollama's own releases.",
  }),
  verifyChecksum: setting(
    z
      .string()
      .regex(/^(on|off|true|false|https?:\/\/\S+|[0-9a-fA-F]{64})$/, 'must be on, off, the address of a list of checksums, or a SHA-256')
      .transform((text) => ({ true: 'on', false: 'off' })[text] ?? text)
      .default('on'),
    {
      env: 'OLLAMA_VERIFY_CHECKSUM',
      flag: 'verify-checksum',
      description: 'How a downloaded Ollama is verified: on (by the list beside it), off, the address of a list, or its SHA-256.',
    },
  ),
  defaultModel: setting(z.string().min(1).max(512).default('auto'), {
    env: 'AGENT_DEFAULT_MODEL',
    description:
      'Model that is pulled where an Ollama that the agent started has none. auto: by memory, graphics memory and disk; none: no model.',
  }),
  schedule: setting(scheduleText.optional(), {
    env: 'AGENT_SCHEDULE',
    description:
      'Days and hours at which this machine serves others, in its own time zone, as "mon-fri 18:00-08:00; sat,sun". Unset: always.',
  }),
  onBattery: setting(z.enum(['auto', 'pause', 'serve']).default('auto'), {
    env: 'AGENT_ON_BATTERY',
    description: 'What the agent does while the machine runs on battery. auto: it pauses where the coordinator is on another machine.',
  }),
  gpuBusy: setting(z.enum(['pause', 'serve']).default('serve'), {
    env: 'AGENT_GPU_BUSY',
    description: 'What the agent does while a program other than Ollama uses the graphics card. Known for NVIDIA, and for AMD on Linux.',
  }),
  copyBytesPerS: setting(wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0), {
    env: 'AGENT_COPY_BYTES_PER_S',
    description: 'Most bytes per second that this agent takes from other agents, and as many that it gives to them; 0: no bound.',
  }),
  updates: setting(z.enum(['off', 'auto']).default('off'), {
    env: 'AGENT_UPDATES',
    description:
      'Whether an agent that is a single file brings newer releases by itself, every six hours. off: only "ollama-agent update" does.',
  }),
  updateFeed: setting(httpUrl.optional(), {
    env: 'AGENT_UPDATE_FEED',
    description: 'Address of the list of releases. Unset: the one that the program was made with.',
  }),
  updateKey: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 bytes as base64')
      .optional(),
    {
      env: 'AGENT_UPDATE_KEY',
      description: 'Ed25519 public key that the list of releases is signed with. Unset: the one that the program was made with.',
    },
  ),
  otlpEndpoint: setting(httpUrl.optional(), {
    env: 'AGENT_OTLP_ENDPOINT',
    description:
      "OTLP/HTTP receiver for the agent's part of the traces that its coordinator begins, as http://collector:4318. Unset: nothing is traced.",
  }),
  dataDir: setting(z.string().min(1).default(join(homedir(), '.ollama-agent')), {
    env: 'AGENT_DATA_DIR',
    description: 'Folder for the identity of this agent.',
  }),
  logLevel: setting(z.enum(LOG_LEVELS).default('info'), { env: 'AGENT_LOG_LEVEL', description: 'Least severe level that is logged.' }),
});
export type AgentConfig = z.output<typeof agentConfigSchema>;
