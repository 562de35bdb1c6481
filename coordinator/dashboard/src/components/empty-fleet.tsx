import { CommandLine } from './command-line.js';

/** What to do while nobody has joined. */
export function EmptyFleet() {
  return (
    <div class="panel empty">
      <p class="empty-title">No agent yet</p>
      <p>On each machine that runs Ollama, run:</p>
      <CommandLine command={`ollama-agent run --coordinator ${location.origin}`} />
      <p class="muted">
        It registers by itself and appears here within a second. Where keys are on, it also needs <code>AGENT_JOIN_TOKEN</code>, the token
        that the coordinator printed at its first start.
      </p>
    </div>
  );
}
