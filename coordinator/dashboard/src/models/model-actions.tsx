import type { Agent } from '@ollama-coordinator/common';
import { useState } from 'preact/hooks';
import { ConfirmButton } from '../shared/confirm-button.js';
import { t } from '../words/words.js';
import type { ModelRow } from './model-grid.js';

interface ModelActionsProps {
  readonly row: ModelRow;
  readonly agents: readonly Agent[];
  readonly run: (job: object) => Promise<boolean>;
}

/** What can be done with a model on agents that are chosen here. */
export function ModelActions({ row: { name, digests }, agents, run }: ModelActionsProps) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [done, setDone] = useState<string>();
  const toggle = (agent: string) => setChosen(chosen.includes(agent) ? chosen.filter((one) => one !== agent) : [...chosen, agent]);
  const act = async (kind: string, more: object = {}) => {
    setDone(undefined);
    if (await run({ kind, model: name, agents: [...chosen], ...more })) setDone(t('A job does it; see below.'));
  };
  const isNone = chosen.length === 0;
  return (
    <div class="model-actions">
      <fieldset class="choices">
        <legend>{t('On which agents')}</legend>
        {agents.map((agent) => (
          <label key={agent.id} class="choice">
            <input type="checkbox" checked={chosen.includes(agent.name)} onChange={() => toggle(agent.name)} /> {agent.name}
          </label>
        ))}
        <button type="button" class="small" onClick={() => setChosen(agents.map((agent) => agent.name))}>
          {t('All')}
        </button>
      </fieldset>
      <div class="buttons">
        <button type="button" disabled={isNone} onClick={() => void act('pull')}>
          {t('Pull')}
        </button>
        <button type="button" disabled={isNone} onClick={() => void act('preload')}>
          {t('Load into memory')}
        </button>
        <button type="button" disabled={isNone} onClick={() => void act('placement', { loaded: true })}>
          {t('Pull and load')}
        </button>
        {digests > 1 && (
          <button type="button" onClick={() => void run({ kind: 'sync', model: name })}>
            {t('Same everywhere')}
          </button>
        )}
        {!isNone && (
          <ConfirmButton
            label={t('Delete')}
            about={t('Delete {model}', { model: name })}
            confirm={t('Delete from {count} agents', { count: chosen.length })}
            onConfirm={() => void act('delete')}
          />
        )}
      </div>
      {done !== undefined && <p role="status">{done}</p>}
    </div>
  );
}
