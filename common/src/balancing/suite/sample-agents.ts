import type { AgentView, LearnedSpeed, RequestFacts } from '../contract.js';

export const SAMPLE_MODEL = 'llama3:latest';

const guess = { mean: 100, p90: 200, from: 'prior' } as const;
const speed: LearnedSpeed = {
  loadS: { mean: 4, p90: 8, from: 'prior' },
  prefillTokensPerS: { mean: 2000, p90: 4000, from: 'prior' },
  decodeTokensPerS: { mean: 100, p90: 200, from: 'prior' },
};

/** A short chat; `number` makes id, caller and session differ. */
export function sampleRequest(number: number, over: Partial<RequestFacts> = {}): RequestFacts {
  return {
    id: `request-${number}`,
    attempt: 1,
    model: SAMPLE_MODEL,
    signature: SAMPLE_MODEL,
    operation: 'chat',
    caller: `caller-${number % 7}`,
    session: `session-${number}`,
    priority: 'interactive',
    bodyBytes: 400,
    promptTokens: guess,
    outputTokens: guess,
    prefix: [`block-${number}`],
    ...over,
  };
}

/** Every optional figure of a view, as an agent that reports everything has it. */
const REPORTED = { cpuLoad: 0.3, memoryLoad: 0.4, vramFreeBytes: 8e9, firstByteMs: 120, maxRunners: 3 } satisfies Partial<AgentView>;

/** An idle agent of four slots that has the model loaded and reports everything; `over` changes what the check is about. */
export function sampleAgent(id: string, over: Partial<AgentView> = {}): AgentView {
  return {
    id,
    name: `name of ${id}`,
    labels: { room: 'lab' },
    tier: 0,
    weight: 1,
    models: new Map([[SAMPLE_MODEL, { name: SAMPLE_MODEL, digest: 'sha256:0', sizeBytes: 4e9 }]]),
    runners: [{ signature: SAMPLE_MODEL, slots: 4, inFlight: 0, state: 'ready', vramBytes: 5e9, warm: new Set() }],
    slots: 4,
    inFlight: 0,
    speed: () => speed,
    foreign: 0,
    heardMsAgo: 500,
    suspect: false,
    ...REPORTED,
    ...over,
  };
}

/** The same agent, having reported nothing that it may leave out. */
export function silentAgent(id: string, over: Partial<AgentView> = {}): AgentView {
  const nothing = Object.fromEntries(Object.keys(REPORTED).map((key) => [key, undefined]));
  return sampleAgent(id, { ...nothing, runners: [], ...over });
}

/** `count` agents of every kind: idle, busy, overloaded, silent, suspect, without the model loaded, strong and weak. */
export function sampleFleet(count: number): readonly AgentView[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `agent-${String(index).padStart(4, '0')}`;
    const inFlight = index % 5;
    const runners = [{ signature: SAMPLE_MODEL, slots: 4, inFlight, state: 'ready', vramBytes: 5e9, warm: new Set(['block-1']) }] as const;
    switch (index % 6) {
      case 1:
        return silentAgent(id);
      case 2:
        return sampleAgent(id, { cpuLoad: 0.97, memoryLoad: 0.95, inFlight, runners });
      case 3:
        return sampleAgent(id, { suspect: true, heardMsAgo: 9000, foreign: 2 });
      case 4:
        return sampleAgent(id, { runners: [], weight: 0.5, tier: 1 });
      case 5:
        return sampleAgent(id, { slots: 1, weight: 8, inFlight, runners });
      default:
        return sampleAgent(id, { inFlight, runners });
    }
  });
}
