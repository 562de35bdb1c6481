import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { ROOT } from '../prepare/root.mjs';
import { fetchJson, waitFor } from './fetch-json.mjs';
import { startProgram } from './program.mjs';
import { provideSecrets } from './secrets.mjs';

const READY_LIMIT_MS = 60_000;

/**
 * Starts the coordinator and resolves when it is ready, to `{ url, key, joinToken, dataDir, logPath, env }`: `url` as this machine
 * reaches it, `key` and `joinToken` where it asks for them, `env` what agents beside it need. Never resolves when it ends instead.
 */
export async function startCoordinator({ port, host, redis, hosted, demo }, add) {
  const dataDir = process.env.COORDINATOR_DATA_DIR ?? (demo ? makeDemoFolder() : join(ROOT, '.data', 'coordinator'));
  const logPath = process.env.COORDINATOR_LOG_FILE ?? join(dataDir, 'coordinator.log');
  const secrets = provideSecrets(join(dataDir, 'secrets.json'), host ?? process.env.COORDINATOR_HOST ?? '127.0.0.1');
  const listening = {};
  const announced = new Promise((resolve) => {
    listening.at = resolve;
  });
  const program = startProgram({
    name: 'coordinator',
    script: join('coordinator', 'dist', 'main.js'),
    args: ['serve'],
    env: {
      ...secrets,
      COORDINATOR_DATA_DIR: dataDir,
      COORDINATOR_LOG_FILE: logPath,
      ...(port === undefined ? {} : { COORDINATOR_PORT: port }),
      ...(host === undefined ? {} : { COORDINATOR_HOST: host }),
      ...(redis === undefined ? {} : { COORDINATOR_REDIS_URL: redis }),
      ...(hosted.length === 0 ? {} : { COORDINATOR_OLLAMA_URLS: hosted.join(',') }),
    },
    onLine(line) {
      const [, address] = /listening on (https?:\/\/[^\s,]+)/.exec(line) ?? [];
      if (address !== undefined) listening.at(address);
      else if (/shown once/.test(line)) console.log(line.replace(/^ollama-coordinator: /, ''));
    },
  });
  add({ ...program, logPath: shownPath(logPath) });
  const url = localAddress(await announced);
  await waitFor(() => fetchJson(`${url}/readyz`), { withinMs: READY_LIMIT_MS });
  const { COORDINATOR_ADMIN_KEY: key, COORDINATOR_JOIN_TOKEN: joinToken } = secrets;
  const env = { AGENT_COORDINATOR_URL: url, ...(joinToken === undefined ? {} : { AGENT_JOIN_TOKEN: joinToken }) };
  return { url, key, joinToken, dataDir, logPath: shownPath(logPath), env };
}

/** Starts an agent for one Ollama beside the coordinator. */
export function startAgent({ name, ollamaUrl, coordinator, env = {} }, add) {
  const logPath = join(coordinator.dataDir, `${name}.log`);
  const program = startProgram({
    name,
    script: join('agent', 'core', 'dist', 'cli.js'),
    args: ['run'],
    logPath,
    env: {
      AGENT_PORT: process.env.AGENT_PORT ?? '0',
      AGENT_DATA_DIR: process.env.AGENT_DATA_DIR ?? join(coordinator.dataDir, name),
      ...coordinator.env,
      AGENT_OLLAMA_URL: ollamaUrl,
      ...env,
    },
  });
  add({ ...program, logPath: shownPath(logPath) });
}

/** A demo begins anew each time, so its folder goes with the program; after a failure it stays, for its logs. */
function makeDemoFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'ollama-coordinator-demo-'));
  process.once('exit', (code) => code === 0 && rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An address to listen on that stands for all addresses is no address to call. */
function localAddress(address) {
  return address.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]');
}

/** Relative to the clone where it lies inside, since that is where the person stands. */
function shownPath(path) {
  const inside = relative(ROOT, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}
