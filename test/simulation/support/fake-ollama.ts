import { modelOfSignature, type Random } from '@ollama-coordinator/common';
import type { EventClock } from '#simulator/time/event-clock.js';
import type { AgentOllama, JobEvents } from '#simulator/world/agent-ollama.js';

/** A simulated Ollama: it works in simulated time, and says what nobody may ask of it. */
export interface FakeOllama extends AgentOllama {
  die(): void;
  comeBack(): void;
  busy(): number;
}

export interface FakeOllamaDeps {
  readonly clock: EventClock;
  readonly random: Random;
  readonly slots: number;
  readonly maxRunners: number;
  /** Milliseconds that an answer takes, from loaded to its last token. */
  readonly serviceMs: () => number;
  /** Share of answers that are an error of Ollama's own. */
  readonly errorShare: number;
  readonly violate: (text: string) => void;
  readonly onReceived: (requestId: string) => void;
}

interface Loaded {
  readonly signature: string;
  /** When its weights are in memory. */
  readonly readyMs: number;
  jobs: number;
}

const CHUNKS = 4;

export function createFakeOllama(deps: FakeOllamaDeps): FakeOllama {
  const { clock, random, slots, maxRunners, violate } = deps;
  const loaded = new Map<string, Loaded>();
  const alive = new Set<JobEvents>();
  let isUp = true;
  let starts = 1;

  function load(signature: string): Loaded {
    const model = modelOfSignature(signature);
    const known = loaded.get(model);
    if (known?.signature === signature) return known;
    if (known && known.jobs > 0) violate(`Ollama was made to reload ${model} under ${known.jobs} running requests`);
    if (!known && loaded.size >= maxRunners)
      violate(`Ollama was made to load ${model} beside ${loaded.size} others, with ${maxRunners} allowed`);
    const fresh = { signature, readyMs: clock.nowMs() + 200 + 1500 * random(), jobs: 0 };
    loaded.set(model, fresh);
    return fresh;
  }

  return {
    isUp: () => isUp,
    die: () => {
      isUp = false;
      starts += 1;
      const broken = [...alive];
      alive.clear();
      loaded.clear();
      for (const events of broken) events.onBroken();
    },
    comeBack: () => {
      isUp = true;
    },
    generate({ id, signature }, events) {
      deps.onReceived(id);
      const runner = load(signature);
      runner.jobs += 1;
      if (runner.jobs > slots) violate(`${runner.jobs} requests at once on ${signature}, with ${slots} slots`);
      alive.add(events);
      const end = () => {
        if (alive.delete(events)) runner.jobs -= 1;
      };
      const isError = random() < deps.errorShare;
      const serviceMs = deps.serviceMs();
      const startMs = Math.max(clock.nowMs(), runner.readyMs);
      const step = (dueMs: number, run: () => void) => clock.at(dueMs, () => alive.has(events) && run());
      if (isError) {
        step(startMs + serviceMs / 4, () => {
          events.onHead(500);
          events.onChunk('{"error":"something went wrong"}');
          end();
          events.onEnd();
        });
        return { cancel: end };
      }
      for (let index = 0; index < CHUNKS; index += 1) {
        step(startMs + (serviceMs * (index + 1)) / (CHUNKS + 1), () => {
          if (index === 0) events.onHead(200);
          events.onChunk(`{"message":{"role":"assistant","content":" ${index}"},"done":false}\n`);
        });
      }
      step(startMs + serviceMs, () => {
        events.onChunk('{"message":{"role":"assistant","content":""},"done":true,"prompt_eval_count":10,"eval_count":40}\n');
        end();
        events.onEnd();
      });
      return { cancel: end };
    },
    unload: (model, isAsking) =>
      new Promise((resolve) => {
        const asked = starts;
        clock.at(clock.nowMs() + 20 + 200 * random(), () => {
          if (starts !== asked || !isUp) return resolve(false);
          const jobs = loaded.get(model)?.jobs ?? 0;
          if (jobs > 0 && isAsking()) violate(`${model} was unloaded under ${jobs} running requests`);
          if (jobs === 0) loaded.delete(model);
          resolve(jobs === 0);
        });
      }),
    running: () => [...loaded].map(([name]) => ({ name, digest: `sha256:${name}`, sizeBytes: 1, vramBytes: 1, contextLength: undefined })),
    busy: () => alive.size,
  };
}
