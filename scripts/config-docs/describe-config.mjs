import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../prepare/root.mjs';
import { inOneCell } from './in-one-cell.mjs';

const COMMON = pathToFileURL(join(ROOT, 'common', 'dist', 'index.js')).href;

/** docs/configuration.md, made from the settings' own metadata: one table and one sample file for each program. */
export async function describeConfig() {
  const { coordinatorConfigSchema, agentConfigSchema, ...common } = await import(COMMON);
  const programs = [
    { title: 'Coordinator', command: 'ollama-coordinator', fileEnv: 'COORDINATOR_CONFIG', schema: coordinatorConfigSchema },
    { title: 'Agent', command: 'ollama-agent', fileEnv: 'AGENT_CONFIG', schema: agentConfigSchema },
  ];
  return `${INTRODUCTION}\n${programs.map((program) => describeProgram(program, common)).join('\n')}`;
}

const INTRODUCTION = `# Configuration

<!-- Made by scripts/generate-config-docs.mjs from the schemas in common/src/config; a test holds it up to date. -->

A setting comes from the first of these that has it: a command-line flag, the environment, the TOML file that the program's
\`…_CONFIG\` variable names, its default. A value that is not valid, or a name in the file that is no setting, stops the start with
its full path. An empty environment variable counts as unset. Settings marked ↻ may change while the coordinator runs:
\`PATCH /api/coordinator/settings\` changes them for all replicas, \`null\` goes back to what is configured.
`;

/** Flags come before the environment, the environment before the file. */
function describeProgram({ title, command, fileEnv, schema }, { settingMeta, flagName, tomlKey }) {
  const settings = Object.entries(schema.shape).map(([key, leaf]) => {
    const meta = settingMeta(leaf);
    return { ...meta, toml: tomlKey(key), flag: meta.env === undefined ? undefined : `--${flagName(key, schema)}`, value: defaultOf(leaf) };
  });
  const rows = settings.map(({ env, flag, toml, value, unit, secret, runtime, description }) =>
    [
      code(env),
      code(flag),
      code(toml),
      showDefault(value, unit),
      inOneCell(description) + (secret ? ' Secret.' : '') + (runtime ? ' ↻' : ''),
    ].join(' | '),
  );
  return `## ${title}

File: \`${fileEnv}\`. Flags: of \`${command}\`.

| environment | flag | in the file | default | what it is |
|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}

\`\`\`toml
${settings.map(sampleLines).join('\n\n')}
\`\`\`
`;
}

function defaultOf(leaf) {
  const { success, data } = leaf.safeParse(undefined);
  return success ? data : undefined;
}

function showDefault(value, unit) {
  if (value === undefined) return 'unset';
  if (typeof value === 'object' || value === '') return 'none';
  return `\`${showText(value)}\`${unit === undefined ? '' : ` ${unit}`}`;
}

/** A comment with the sentence, and the setting at its default; commented out where it has none, or one that differs by machine. */
function sampleLines({ description, unit, toml, value }) {
  const comment = `# ${description}${unit === undefined ? '' : ` [${unit}]`}`;
  const assignment = `${toml} = ${value === undefined ? '""' : toToml(value)}`;
  const isOpen = value === undefined || String(value).startsWith(homedir());
  return `${comment}\n${isOpen ? `# ${assignment}` : assignment}`;
}

function toToml(value) {
  if (Array.isArray(value)) return `[${value.map(toToml).join(', ')}]`;
  if (typeof value === 'object')
    return `{ ${Object.entries(value).map(([key, inner]) => `${key} = ${toToml(inner)}`)} }`.replace('{  }', '{}');
  return typeof value === 'string' ? JSON.stringify(showText(value)) : String(value);
}

/** The home folder differs between machines; a made-up one stands for it. */
function showText(value) {
  const text = String(value);
  return text.startsWith(homedir()) ? `/home/me${text.slice(homedir().length).replaceAll('\\', '/')}` : text;
}

function code(text) {
  return text === undefined ? '–' : `\`${text}\``;
}
