import type { Agent } from '@ollama-coordinator/common';
import { useEffect, useRef, useState } from 'preact/hooks';
import { linkTo } from '../page-view.js';
import { ConfirmButton } from '../shared/confirm-button.js';
import { Problem } from '../shared/problem.js';
import { useAction } from '../shared/use-action.js';
import { t } from '../words/words.js';

/** What an operator may do with an agent. */
export function AgentPanel({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const title = useRef<HTMLHeadingElement>(null);
  const action = useAction();
  const [saved, setSaved] = useState(false);
  useEffect(() => title.current?.focus(), []);
  const path = `/api/agents/${encodeURIComponent(agent.id)}`;
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    setSaved(false);
    setSaved(await action.run(path, 'PATCH', readForm(new FormData(event.currentTarget as HTMLFormElement))));
  };
  const remove = async () => {
    if (await action.run(path, 'DELETE')) onClose();
  };
  return (
    <section class="panel agent-panel" aria-labelledby="agent-panel-title">
      <div class="toolbar">
        <h3 id="agent-panel-title" ref={title} tabIndex={-1}>
          {agent.name}
        </h3>
        <button type="button" class="small" onClick={onClose}>
          {t('Close')}
        </button>
      </div>
      <Problem text={action.problem} />
      <form class="filters" onSubmit={(event) => void save(event)}>
        <label>
          {t('Name')}
          <input name="name" required maxLength={128} defaultValue={agent.name} autocomplete="off" />
        </label>
        <label>
          {t('Weight')}
          <input name="weight" type="number" min={0} max={1000} step="any" required defaultValue={String(agent.weight)} />
        </label>
        <label>
          {t('Tier')}
          <input name="tier" type="number" min={0} max={100} step={1} required defaultValue={String(agent.tier)} />
        </label>
        <label class="wide">
          {t('Labels, as gpu=4090, room=lab')}
          <input name="labels" defaultValue={labelsToText(agent.labels)} autocomplete="off" />
        </label>
        <button type="submit" class="primary" disabled={action.busy}>
          {t('Save')}
        </button>
        {saved && <span role="status">{t('Saved.')}</span>}
      </form>
      <div class="buttons">
        <ConfirmButton
          label={t('Remove')}
          about={t('Remove {name}', { name: agent.name })}
          confirm={t('Remove from the fleet')}
          onConfirm={() => void remove()}
        />
        <a class="button" href={linkTo('requests', { agent: agent.name })}>
          {t('Its requests')}
        </a>
        <a class="button" href={linkTo('trends', { agent: agent.name })}>
          {t('Its trends')}
        </a>
      </div>
    </section>
  );
}

function readForm(form: FormData) {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  return { name: text('name'), weight: Number(text('weight')), tier: Number(text('tier')), labels: labelsFromText(text('labels')) };
}

function labelsToText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

function labelsFromText(text: string): Record<string, string> {
  const parts = text.split(',').map((part) => part.trim());
  return Object.fromEntries(parts.filter(Boolean).map((part) => labelOf(part)));
}

function labelOf(part: string): [name: string, value: string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, 'true'] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
}
