import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT } from '../prepare/root.mjs';
import { VALUES } from './values-description.mjs';

export const CHART = join(ROOT, 'helm', 'ollama-coordinator');
const COMMON = pathToFileURL(join(ROOT, 'common', 'dist', 'index.js')).href;

/** Settings that the chart decides itself. The schema lets them pass, since templates/requirements.yaml refuses them in a sentence. */
const OWN_SETTINGS = {
  config: ['host', 'port', 'redis_url', 'advertise', 'data_dir', 'drain_timeout_ms', 'cluster_secret', 'admin_key', 'join_token'],
  'agents.config': [
    'coordinator_url',
    'ollama_url',
    'host',
    'port',
    'transport',
    'advertise',
    'data_dir',
    'join_token',
    'name',
    'models_dir',
    'labels',
  ],
};

/** values.schema.json and README.md of the chart, as texts. Throws where values.yaml and its description differ. */
export async function describeChart() {
  const { coordinatorConfigSchema, agentConfigSchema, tomlKey } = await import(COMMON);
  const defaults = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  const leaves = leavesOf(defaults);
  const undescribed = leaves.filter((path) => !(path in VALUES));
  const gone = Object.keys(VALUES).filter((path) => !leaves.includes(path));
  if (undescribed.length + gone.length > 0) {
    throw new Error(`values without a description: ${undescribed.join(', ') || 'none'}; described but gone: ${gone.join(', ') || 'none'}`);
  }
  const settings = {
    config: settingsSchema(coordinatorConfigSchema, tomlKey, OWN_SETTINGS.config),
    'agents.config': settingsSchema(agentConfigSchema, tomlKey, OWN_SETTINGS['agents.config']),
  };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart ollama-coordinator',
    ...nodeSchema(defaults, '', settings),
  };
  schema.properties.global = { type: 'object', description: 'Helm passes this to every chart; it is not used here.' };
  return { schema: `${JSON.stringify(schema, null, 2)}\n`, readme: describeReadme(defaults, leaves) };
}

/** Paths of values.yaml that are described: its leaves, and maps and lists that are empty by default. */
function leavesOf(value, path = '') {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || (Object.keys(value).length === 0 && path !== ''))
    return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, path === '' ? key : `${path}.${key}`));
}

function nodeSchema(value, path, settings) {
  if (path in VALUES) {
    const [description, given] = VALUES[path];
    return { description, ...(settings[path] ?? given ?? { type: typeof value }) };
  }
  const properties = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, nodeSchema(inner, path === '' ? key : `${path}.${key}`, settings)]),
  );
  return { type: 'object', additionalProperties: false, properties };
}

/** The settings of a program under their names in its TOML file. */
function settingsSchema(schema, tomlKey, own) {
  const properties = Object.fromEntries(
    Object.entries(schema.shape).map(([key, leaf]) => {
      const name = tomlKey(key);
      return [name, own.includes(name) ? { description: 'Set by this chart.' } : leafSchema(leaf)];
    }),
  );
  return { type: 'object', additionalProperties: false, properties };
}

function leafSchema(leaf) {
  const {
    $schema: _,
    env,
    flag,
    secret,
    unit,
    default: _default,
    description,
    ...schema
  } = z.toJSONSchema(leaf, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  });
  const text = [description, unit === undefined ? undefined : `In ${unit}.`].filter((part) => part !== undefined).join(' ');
  return { description: text, ...schema };
}

const INTRODUCTION = `# Helm chart: ollama-coordinator

<!-- Made by scripts/generate-config-docs.mjs from values.yaml and scripts/chart/values-description.mjs; a test holds it up to date. -->

Coordinators that scale, a Redis for them, and, where wanted, Ollamas with their agents in the cluster.

<!-- run: not here, needs a cluster and the published chart; docs/kubernetes.md has the same from a clone -->
\`\`\`sh
helm install ollama oci://ghcr.io/ollama-coordinator/charts/ollama-coordinator
\`\`\`
or from a clone: \`helm install ollama helm/ollama-coordinator\`. The notes after it say where the coordinators are, and how to read the admin key
and the join token. The folder \`ci\` has a values file for each usual case: GPU nodes, an external Redis with Sentinel and TLS, an ingress with
autoscaling and monitoring, a balancer of one's own.

- Kubernetes 1.30 or later.
- Pods run without root, without capabilities, on a read-only file system, without a token for the cluster's API. The exception is a container of the
  DaemonSet that makes its folder on the node writable, and does nothing else.
- A pod that is to leave is taken out of the Service first, finishes its streams within \`drainSeconds\`, and goes.
- \`helm upgrade\` keeps the secrets that the chart made. So does \`helm uninstall\`: remove them by hand.
- A Redis backup is a copy of its volume; what it holds can be rebuilt but for API keys, history and settings.

## Values

| value | default | what it is |
|---|---|---|
`;

function describeReadme(defaults, leaves) {
  const rows = leaves.map((path) => {
    const value = path.split('.').reduce((node, key) => node[key], defaults);
    return `| \`${path}\` | ${value === '' ? 'none' : `\`${JSON.stringify(value)}\``} | ${VALUES[path][0]} |`;
  });
  return `${INTRODUCTION}${rows.join('\n')}\n`;
}
