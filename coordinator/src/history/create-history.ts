import type { Request } from '@ollama-coordinator/common';

/** Placeholder until the registry's author lands the history; whoever does replaces this whole file. */
export interface History {
  append(request: Request): void;
  requests(query: object): Promise<{ readonly requests: readonly Request[]; readonly cursor?: string }>;
  events(query: object): Promise<object>;
  healthSamples(agentId: string, range: object): Promise<object>;
  close(): Promise<void>;
}

export function createHistory(_deps: object): History {
  return {
    append: () => {},
    requests: async () => ({ requests: [] }),
    events: async () => ({ events: [] }),
    healthSamples: async () => ({ samples: [] }),
    close: async () => {},
  };
}
