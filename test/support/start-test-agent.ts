import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agent, type AgentDeps, createAgent } from '@ollama-coordinator/agent';
import { type AgentConfig, agentConfigSchema, silentLogger } from '@ollama-coordinator/common';

/** Fixed figures: reading real ones starts programs, which would cost each test more than all the rest. */
const metricsSource = {
  cpuLoad: async () => 0.25,
  memory: async () => ({ totalBytes: 1000, availableBytes: 400 }),
  gpus: async () => [],
};

export interface TestAgent extends Agent {
  readonly dataDir: string;
}

/** Starts an agent on a free port with its own data folder. `stop()` removes the folder too, unless `dataDir` was given. */
export async function startTestAgent(
  settings: Partial<AgentConfig> & Pick<AgentConfig, 'coordinatorUrl' | 'ollamaUrl'>,
  deps: Partial<AgentDeps> = {},
): Promise<TestAgent> {
  const dataDir = settings.dataDir ?? (await mkdtemp(join(tmpdir(), 'oc-agent-')));
  const config = agentConfigSchema.parse({ port: 0, heartbeatMs: 100, name: 'test-machine', ...settings, dataDir });
  const agent = createAgent({ config, log: silentLogger, metricsSource, ...deps });
  await agent.start();
  return {
    ...agent,
    dataDir,
    async stop() {
      await agent.stop();
      // Another agent of the test may be about to write into the same folder.
      if (settings.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}
