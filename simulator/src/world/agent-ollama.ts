import type { RunningModel } from '#agent/gate/observe.js';

/** One answer under way. */
export interface Job {
  cancel(): void;
}

export interface JobEvents {
  readonly onHead: (status: number) => void;
  readonly onChunk: (chunk: string) => void;
  readonly onEnd: () => void;
  /** Ollama died. */
  readonly onBroken: () => void;
}

/** What a simulated agent needs of the Ollama behind it. */
export interface AgentOllama {
  isUp(): boolean;
  generate(request: { readonly id: string; readonly signature: string }, events: JobEvents): Job;
  /**
   * Resolves with whether the model left its memory. `isAsking`: whoever asked still lives, and holds the model to be idle;
   * as Ollama does it, a model that a dead process wanted unloaded stays where somebody else is served by it.
   */
  unload(model: string, isAsking: () => boolean): Promise<boolean>;
  /** As /api/ps. */
  running(): readonly RunningModel[];
}
