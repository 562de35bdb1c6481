import type { FleetAgent } from '../../support/start-fleet.js';

/** One generation that a simulated Ollama was asked for. Times as in AskedRequest. */
export interface ReceivedRequest {
  readonly nonce: string;
  readonly agent: string;
  readonly startedMs: number;
  /** It continues an answer that broke off on another agent. */
  readonly isContinuation: boolean;
}

/** Asking for a prompt's text runs no model, so it is no generation. */
export function listReceived(agents: readonly Pick<FleetAgent, 'name' | 'ollama'>[]): readonly ReceivedRequest[] {
  return agents.flatMap(({ name, ollama }) =>
    (ollama?.requests ?? []).flatMap(({ body, startedAtMs }): ReceivedRequest[] => {
      const nonce = /nonce (\d+-\d+) q/.exec(JSON.stringify(body) ?? '')?.[1];
      const { raw, _debug_render_only: isRendering } = (body ?? {}) as Readonly<Record<string, unknown>>;
      if (nonce === undefined || isRendering === true) return [];
      return [{ nonce, agent: name, startedMs: startedAtMs, isContinuation: raw === true }];
    }),
  );
}
