import type { Agent, RunnerReport } from '@ollama-coordinator/common';
import { bytes } from '../format.js';
import { t } from '../words/words.js';
import { Slots } from './slots.js';

/** The models that the agent has loaded, each with its slots, and how many it has on disk. */
export function AgentModels({ agent }: { agent: Agent }) {
  const onDisk = agent.models.map((model) => model.name).sort((a, b) => a.localeCompare(b));
  return (
    <>
      {agent.runners.length === 0 ? (
        <p class="runner runner-none">
          <span class="runner-name">{t('no model loaded')}</span>
          {agent.status !== 'offline' && <Slots slots={agent.slots} inFlight={agent.in_flight} />}
        </p>
      ) : (
        <ul class="runners" aria-label={t('Models loaded')}>
          {agent.runners.map((runner) => (
            <RunnerLine key={runner.signature} runner={runner} />
          ))}
        </ul>
      )}
      {onDisk.length === 0 ? (
        <span class="detail">{t('no model on disk')}</span>
      ) : (
        <details class="on-disk">
          <summary>{onDisk.length === 1 ? t('1 model on disk') : t('{count} models on disk', { count: onDisk.length })}</summary>
          <ul>
            {onDisk.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function RunnerLine({ runner }: { runner: RunnerReport }) {
  const facts = [
    runner.vram_bytes > 0 ? `${bytes(runner.vram_bytes)} VRAM` : runner.size_bytes > 0 ? `${bytes(runner.size_bytes)} RAM` : undefined,
    runner.context_length === undefined ? undefined : `context ${runner.context_length}`,
  ].filter((fact) => fact !== undefined);
  return (
    <li class="runner" title={facts.join(' · ')}>
      <span class="runner-name">{runner.model}</span>
      {runner.state !== 'ready' && <span class="runner-state">{t(runner.state)}</span>}
      <Slots slots={runner.slots} inFlight={runner.in_flight} />
    </li>
  );
}
