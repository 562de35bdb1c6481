import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { healthCheckResponseSchema, type ModelReport, type RunnerReport, registerResponseSchema } from '@ollama-coordinator/common';

/** As much of an agent as the coordinator hears while nobody asks it anything. Both reject when the answer is not a 200. */
export interface IdleAgent {
  register(): Promise<void>;
  /** One heartbeat, with figures that differ from the last one's. */
  beat(): Promise<void>;
}

export interface IdleAgentSettings {
  readonly index: number;
  /** Where it says that it listens. */
  readonly port: number;
  readonly coordinatorUrl: string;
  readonly heartbeatMs: number;
  /** Default: three. */
  readonly models?: readonly ModelReport[];
  /** What it says is in memory, asked for each heartbeat. Default: nothing. */
  readonly runners?: () => readonly Pick<RunnerReport, 'model' | 'signature'>[];
}

const MODELS = ['llama3.2:latest', 'qwen3:8b', 'nomic-embed-text:latest'].map((name, index) => ({
  name,
  digest: String(index).repeat(64),
  size_bytes: 4_000_000_000,
  modified_at: '2026-01-01T00:00:00Z',
  details: { family: 'llama', parameter_size: '8B', quantization_level: 'Q4_K_M' },
}));

export function createIdleAgent({ index, port, coordinatorUrl, heartbeatMs, models = MODELS, runners }: IdleAgentSettings): IdleAgent {
  const identity = { agent_id: `idle-${index}`, incarnation: Date.now() };
  // Each agent has its own connection, as if it were its own machine.
  const connections = new Agent({ keepAlive: true, maxSockets: 1 });
  let sequence = 0;
  let token = '';
  let sendsModels = true;

  async function post(path: string, body: object): Promise<unknown> {
    const text = JSON.stringify({ protocol_version: 1, ...identity, ...body });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), authorization: `Bearer ${token}` };
    return new Promise((resolve, reject) => {
      const outgoing = request(`${coordinatorUrl}${path}`, { method: 'POST', agent: connections, headers }, (response) => {
        json(response).then((answer) => {
          if (response.statusCode === 200 || response.statusCode === 201) resolve(answer);
          else reject(new Error(`${path} answered ${response.statusCode}: ${JSON.stringify(answer)}`));
        }, reject);
      });
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }

  return {
    async register() {
      const answer = await post('/api/agents/register', {
        machine_name: `idle-${index}`,
        ip_address: '127.0.0.1',
        port,
        ollama_version: '0.32.15',
        transport: 'direct',
        heartbeat_ms: heartbeatMs,
        slots: 4,
        labels: { room: `r${index % 10}` },
      });
      token = registerResponseSchema.parse(answer).token;
    },
    async beat() {
      sequence += 1;
      const answer = await post('/api/health', {
        sequence,
        models_digest: `${models.length}-models`,
        ...(sendsModels ? { models } : {}),
        ...(runners ? { runners: runners() } : {}),
        metrics: { cpu: Math.random(), memory: 0.5, memory_bytes: 64e9, memory_used_bytes: 32e9 + sequence, gpus: [] },
        ollama: { version: '0.32.15', up: true },
      });
      sendsModels = healthCheckResponseSchema.parse(answer).send_models;
    },
  };
}
