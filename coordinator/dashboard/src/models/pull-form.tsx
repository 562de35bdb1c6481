import { t } from '../words/words.js';

interface PullFormProps {
  readonly agents: readonly string[];
  readonly busy: boolean;
  readonly run: (job: object) => Promise<boolean>;
}

/** Brings a model to agents. */
export function PullForm({ agents, busy, run }: PullFormProps) {
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const model = String(data.get('model') ?? '').trim();
    const agentsWanted = String(data.get('agents') ?? '').trim();
    const count = Number(agentsWanted);
    const choice = agentsWanted === '' ? {} : { agents: Number.isInteger(count) ? count : agentsWanted };
    if (model !== '' && (await run({ kind: 'pull', model, ...choice }))) form.reset();
  };
  return (
    <form class="filters panel" aria-label={t('Pull a model')} onSubmit={(event) => void submit(event)}>
      <label>
        {t('Pull a model')}
        <input name="model" required placeholder="qwen3:8b" autocomplete="off" />
      </label>
      <label>
        {t('To: all, a number, names or label=value')}
        <input name="agents" list="pull-agents" autocomplete="off" />
      </label>
      <datalist id="pull-agents">
        <option value="all" />
        {agents.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button type="submit" class="primary" disabled={busy}>
        {t('Pull')}
      </button>
    </form>
  );
}
