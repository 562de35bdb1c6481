import { parseArgs } from 'node:util';

const USAGE = `npm start -- [flags]

  --port N          port of the coordinator (8080)
  --host H          address to listen on (127.0.0.1); beyond loopback, API keys are on
  --ollama URL      the Ollama that the agent stands in front of (http://127.0.0.1:11434)
  --ollama NAME=URL an Ollama elsewhere, without an agent of its own; may be repeated
  --no-agent        start no agent on this machine
  --redis URL       a Redis that is there already; unset: a private one is started
  --demo            three agents in front of three simulated Ollamas instead of a real one
  --verbose         say how long each step took
  --help

Every other setting comes from the environment or from the TOML file that COORDINATOR_CONFIG names; docs/configuration.md lists them.`;

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  ollama: { type: 'string', multiple: true, default: [] },
  'no-agent': { type: 'boolean', default: false },
  redis: { type: 'string' },
  demo: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/** The flags of `npm start`, or the end of the program: 0 after --help, 2 with the list after a flag that is none. */
export function readOptions(args) {
  try {
    const options = parseOptions(args);
    if (!options.help) return options;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`${error.message.split('. ')[0].replace(/\.?$/, '.')}\n\n${USAGE}`);
    process.exit(2);
  }
}

/**
 * `{ port, host, redis, demo, verbose, help, ollamaUrl, hosted }`: `ollamaUrl` is the address for the agent of this machine,
 * undefined without one; `hosted` are entries for COORDINATOR_OLLAMA_URLS. Throws an Error with one sentence.
 */
export function parseOptions(args, env = process.env) {
  const { values, positionals } = parseArgs({ args, options: FLAGS, strict: true, allowPositionals: true });
  if (positionals.length > 0) throw new Error(`"${positionals[0]}" is not a flag.`);
  const { port, host, redis, demo, verbose, help } = values;
  for (const entry of values.ollama) checkAddress(entry);
  const named = values.ollama.filter(isNamed);
  const [first, ...others] = values.ollama.filter((entry) => !isNamed(entry));
  const withAgent = !values['no-agent'] && !demo;
  const ollamaUrl = withAgent ? (first ?? env.AGENT_OLLAMA_URL ?? 'http://127.0.0.1:11434').replace(/\/+$/, '') : undefined;
  const hosted = [...named, ...others, ...(withAgent || first === undefined ? [] : [first])];
  return { port, host, redis, demo, verbose: verbose || env.CI === 'true', help, ollamaUrl, hosted };
}

function isNamed(entry) {
  return /^[^/:=]+=/.test(entry);
}

function checkAddress(entry) {
  const address = isNamed(entry) ? entry.slice(entry.indexOf('=') + 1) : entry;
  if (/^https?:\/\/./.test(address) && URL.canParse(address)) return;
  throw new Error(`--ollama must be an address like http://127.0.0.1:11434 or nas=http://nas:11434, not "${entry}".`);
}
