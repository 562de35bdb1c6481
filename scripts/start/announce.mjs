import { curlLine } from './curl-line.mjs';
import { fetchJson, waitFor } from './fetch-json.mjs';

const JOIN_LIMIT_MS = 10_000;

/** Says where the coordinator is and how to use it; then looks each second until a model can be asked, and says so. */
export async function announce({ coordinator, ollamaUrl, hosted, demo, timing, hasPlugs }) {
  const { url, key, joinToken, logPath } = coordinator;
  const wanted = demo ? 3 : hosted.length + (ollamaUrl === undefined ? 0 : 1);
  const ollama =
    ollamaUrl === undefined ? undefined : { url: ollamaUrl, isUp: (await fetchJson(`${ollamaUrl}/api/version`)) !== undefined };
  const expectsAgents = wanted > 0 && ollama?.isUp !== false;
  const fleet = expectsAgents ? await waitFor(() => completeFleet(coordinator, wanted), { withinMs: JOIN_LIMIT_MS }) : undefined;
  const seen = fleet || (await readFleet(coordinator));
  console.log(`\nOllama Coordinator is ready.\n\n  Dashboard  ${url}/dashboard\n  Log        ${logPath}`);
  if (key !== undefined) console.log(`  Admin key  ${key}\n  Join token ${joinToken} (AGENT_JOIN_TOKEN of agents on other machines)`);
  for (const { name, models } of seen.online) console.log(`  Agent      ${name}, ${countOf(models.length, 'model')}`);
  const advice = adviceFor({ ollama, seen, wanted });
  const plugs = hasPlugs ? '\n\nPull a plug: type demo-rack and Enter while it speaks. The same again puts it back.' : '';
  console.log(
    `${advice === '' ? '' : `\n${advice}\n`}\nTry it:\n\n  ${curlLine({ url, key, ...seen })}${plugs}\n\nCtrl-C stops everything.`,
  );
  timing('ready');
  if (seen.models.length === 0) await announceLater(coordinator, ollama);
}

async function completeFleet(coordinator, wanted) {
  const fleet = await readFleet(coordinator);
  return fleet.online.length >= wanted && (fleet.models.length > 0 || fleet.online.every(({ models }) => models.length === 0)) && fleet;
}

/** `{ online, models, loaded }`: agents that serve, the models that the fleet can answer with, those that are in memory. */
async function readFleet({ url, key }) {
  const [agents, tags, ps] = await Promise.all(['/api/agents', '/api/tags', '/api/ps'].map((path) => fetchJson(url + path, { key })));
  return {
    online: (agents ?? []).filter(({ status, ollama_up }) => status === 'online' && ollama_up !== false),
    models: tags?.models ?? [],
    loaded: (ps?.models ?? []).map(({ name }) => name),
  };
}

/** One sentence about what is missing, and what to do. */
function adviceFor({ ollama, seen, wanted }) {
  if (ollama?.isUp === false) {
    return `No Ollama answers at ${ollama.url}: start it with "ollama serve" (get it from https://ollama.com/download), and the agent joins by itself.`;
  }
  if (wanted === 0) return 'No agent was started: run "ollama-agent run" on a machine that runs Ollama, or name one with --ollama.';
  if (seen.online.length === 0) return 'The agent has not joined yet; its log says why.';
  if (seen.models.length === 0) return 'There is no model yet: get one with "ollama pull llama3.2".';
  return '';
}

async function announceLater(coordinator, ollama) {
  let hasJoined = ollama?.isUp !== false;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000).unref());
    const fleet = await readFleet(coordinator);
    if (!hasJoined && fleet.online.length > 0 && (await fetchJson(`${ollama.url}/api/version`)) !== undefined) {
      hasJoined = true;
      const advice = fleet.models.length === 0 ? '; it has no model yet: get one with "ollama pull llama3.2"' : '';
      console.log(`\nThe Ollama at ${ollama.url} has joined${advice}.`);
    }
    if (fleet.models.length > 0) return console.log(`\nTry it:\n\n  ${curlLine({ ...coordinator, ...fleet })}\n`);
  }
}

function countOf(count, word) {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
