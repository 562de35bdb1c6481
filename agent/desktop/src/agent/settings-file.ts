import { join } from 'node:path';
import { usualConfigFile } from '@ollama-coordinator/agent';
import {
  type AgentConfig,
  AppError,
  agentConfigSchema,
  loadConfigWithOrigins,
  type SettingOrigins,
  saveSettings,
} from '@ollama-coordinator/common';
import type { SettingName, TypedSettings } from './typed-settings.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** Those that the page shows. */
const NAMES: readonly SettingName[] = ['coordinatorUrl', 'name', 'transport', 'slots', 'ollamaSetup', 'schedule', 'onBattery', 'gpuBusy'];

export interface LoadedSettings {
  readonly config: AgentConfig;
  readonly fixed: Partial<Readonly<Record<SettingName, string>>>;
  /** Whether somebody ever said where the coordinator is. */
  readonly isFirstStart: boolean;
}

/** Where the headless agent keeps its settings too, so that both are one. */
export function settingsFile(env: Env): string {
  return env.AGENT_CONFIG || usualConfigFile(dataDirOf(env));
}

/** Where the program logs. */
export function logFile(env: Env): string {
  return join(dataDirOf(env), 'desktop.log');
}

/** Before the settings are read, of which a damaged file keeps one from doing so. */
export function logLevel(env: Env): AgentConfig['logLevel'] {
  return agentConfigSchema.shape.logLevel.catch('info').parse(env.AGENT_LOG_LEVEL || undefined);
}

/**
 * The agent's settings, with one difference to the headless agent: who installs a program with a window expects it to bring what it
 * needs, so a missing Ollama is installed unless somebody decided otherwise. Throws BAD_CONFIG.
 */
export function loadSettings(env: Env): LoadedSettings {
  const usualFile = usualConfigFile(dataDirOf(env));
  const { config, origins } = loadConfigWithOrigins(agentConfigSchema, { env, fileEnv: 'AGENT_CONFIG', usualFile });
  return {
    config: origins.has('ollamaSetup') ? config : { ...config, ollamaSetup: 'install' },
    fixed: fixedBy(origins),
    isFirstStart: !origins.has('coordinatorUrl'),
  };
}

/** Keeps what was typed; resolves with a sentence for each field that is not right, and then nothing was kept. Throws BAD_CONFIG. */
export function keepTyped(env: Env, typed: TypedSettings): Partial<Record<SettingName, string>> | undefined {
  const { config, fixed } = loadSettings(env);
  const wanted = meant(typed);
  const problems = problemsOf(wanted);
  if (Object.keys(problems).length > 0) return problems;
  const isElsewhere = wanted.coordinatorUrl !== config.coordinatorUrl;
  const kept = NAMES.filter((name) => fixed[name] === undefined).map((name) => [name, wanted[name]] as const);
  saveSettings(settingsFile(env), {
    ...Object.fromEntries(kept),
    // The certificate that was trusted is that of the coordinator before.
    ...(isElsewhere && fixed.coordinatorUrl === undefined ? { coordinatorCertificate: undefined } : {}),
  });
  return undefined;
}

/** As the fields of the page show them. Pure. */
export function typedFrom(config: AgentConfig): TypedSettings {
  const { coordinatorUrl, name = '', transport, slots, ollamaSetup, schedule = '', onBattery, gpuBusy } = config;
  return { coordinatorUrl, name, transport, slots: String(slots), ollamaSetup, schedule, onBattery, gpuBusy };
}

/** An address as people type it: `coordinator:8080` is one. Pure. */
export function addressFrom(typed: string): string {
  const text = typed.trim().replace(/([^/:])\/+$/, '$1');
  return text === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}

/** Throws BAD_REQUEST where it is none. */
export function demandAddress(typed: string): string {
  const parsed = agentConfigSchema.shape.coordinatorUrl.safeParse(addressFrom(typed));
  if (parsed.success) return parsed.data;
  throw new AppError('BAD_REQUEST', { details: { reason: `the address ${parsed.error.issues[0]?.message ?? 'is not one'}` } });
}

function meant(typed: TypedSettings): Record<SettingName, string | undefined> {
  const orNothing = (text: string) => (text.trim() === '' ? undefined : text.trim());
  return {
    ...typed,
    coordinatorUrl: addressFrom(typed.coordinatorUrl),
    name: orNothing(typed.name),
    slots: orNothing(typed.slots) ?? 'auto',
    schedule: orNothing(typed.schedule),
  };
}

function problemsOf(wanted: Record<SettingName, string | undefined>): Partial<Record<SettingName, string>> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const { error } = agentConfigSchema.shape[name].safeParse(wanted[name]);
      return error === undefined ? [] : [[name, error.issues[0]?.message ?? 'is not right']];
    }),
  );
}

function fixedBy(origins: SettingOrigins): Partial<Record<SettingName, string>> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const origin = origins.get(name);
      return origin === undefined || origin.source === 'file' ? [] : [[name, origin.name]];
    }),
  );
}

function dataDirOf(env: Env): string {
  return agentConfigSchema.shape.dataDir.parse(env.AGENT_DATA_DIR || undefined);
}
