import { type AgentConfig, AppError, agentConfigSchema, parseJoinLink, type SettingOrigins, settingMeta } from '@ollama-coordinator/common';

type Env = Readonly<Record<string, string | undefined>>;

/** Not settings of the agent, but what it goes by all the same. */
const CARRIED = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'NODE_EXTRA_CA_CERTS'] as const;

export interface CarriedSettings {
  readonly config: AgentConfig;
  readonly origins: SettingOrigins;
  readonly env: Env;
  /** A link to join with; what it says goes before the settings. */
  readonly link?: string | undefined;
  /** The service's own data folder. */
  readonly dataDir: string;
}

/**
 * The variables that a service starts with: every setting that somebody gave, wherever it was given, what a join link says, and the proxies.
 * Pure. Throws BAD_JOIN_LINK.
 */
export function carriedVariables({ config, origins, env, link, dataDir }: CarriedSettings): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const name of CARRIED) if (env[name]) variables.set(name, env[name]);
  for (const key of origins.keys()) {
    const variable = variableOf(key);
    const text = settingText(config[key as keyof AgentConfig]);
    if (variable !== undefined && text !== undefined) variables.set(variable, text);
  }
  if (link !== undefined) {
    const joined = parseJoinLink(link);
    variables.set('AGENT_COORDINATOR_URL', joined.coordinatorUrl).set('AGENT_JOIN_TOKEN', joined.token);
    if (joined.certificate !== undefined) variables.set('AGENT_COORDINATOR_CERTIFICATE', joined.certificate);
  }
  return variables.set('AGENT_DATA_DIR', dataDir);
}

/**
 * Lines as both systemd's EnvironmentFile= and Node's env files read them: in single quotes nothing is special to either. Throws
 * SERVICE_NOT_POSSIBLE for a value that neither could hold.
 */
export function envFileText(variables: ReadonlyMap<string, string>): string {
  const lines = [...variables].map(([name, value]) => {
    if (/['\r\n]/.test(value))
      throw new AppError('SERVICE_NOT_POSSIBLE', {
        details: { reason: `${name} holds a single quote or a line break, which a service's settings cannot; choose another value` },
      });
    return `${name}='${value}'`;
  });
  return `# Settings of the ollama-agent service; restart it after a change. Holds secrets: for its owner only.\n${lines.join('\n')}\n`;
}

function variableOf(key: string): string | undefined {
  const leaf = Object.entries(agentConfigSchema.shape).find(([name]) => name === key)?.[1];
  return leaf === undefined ? undefined : settingMeta(leaf).env;
}

/** A setting as its variable would say it. */
function settingText(value: AgentConfig[keyof AgentConfig]): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, text]) => `${name}=${text}`)
    .join(',');
}
