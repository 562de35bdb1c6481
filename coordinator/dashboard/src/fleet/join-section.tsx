import type { CreatedJoinToken, CreateJoinToken, JoinTokenInfo } from '@ollama-coordinator/common';
import { useState } from 'preact/hooks';
import { ask } from '../ask.js';
import { dateAndTime } from '../format.js';
import { ConfirmButton } from '../shared/confirm-button.js';
import { Problem } from '../shared/problem.js';
import { ShownOnce } from '../shared/shown-once.js';
import { usePolled } from '../shared/use-polled.js';
import { t } from '../words/words.js';

const PATH = '/api/coordinator/join-tokens';
const POLL_MS = 5000;
const DAY_MS = 86_400_000;

/** Links with which machines join, for administrators. */
export function JoinSection() {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="panel join-section" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('Add a machine')}</summary>
      {isOpen && <JoinPanel />}
    </details>
  );
}

function JoinPanel() {
  const tokens = usePolled<{ join_tokens: JoinTokenInfo[] }>(PATH, POLL_MS);
  const [fresh, setFresh] = useState<CreatedJoinToken>();
  const [problem, setProblem] = useState<string>();
  const change = async <T,>(path: string, method: string, body?: CreateJoinToken): Promise<T | undefined> => {
    const answer = await ask<T>(path, method, body);
    setProblem(answer.ok ? undefined : answer.problem);
    await tokens.refresh();
    return answer.ok ? answer.value : undefined;
  };
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    setFresh(await change<CreatedJoinToken>(PATH, 'POST', readForm(new FormData(form))));
  };
  return (
    <div class="join-panel">
      <form class="filters" onSubmit={(event) => void create(event)}>
        <label>
          {t('Which machine')}
          <input name="name" required maxLength={128} autocomplete="off" placeholder="gpu-3" />
        </label>
        <label>
          {t('Valid for')}
          <select name="days">
            <option value="1">{t('a day')}</option>
            <option value="7">{t('a week')}</option>
            <option value="">{t('for ever')}</option>
          </select>
        </label>
        <label>
          {t('Machines')}
          <input name="uses" type="number" min={1} max={10_000} step={1} defaultValue="1" placeholder={t('any number')} />
        </label>
        <label class="choice">
          <input name="approve" type="checkbox" />
          {t('I approve each one first')}
        </label>
        <button type="submit" class="primary">
          {t('Make a link')}
        </button>
      </form>
      <Problem text={problem ?? tokens.problem} />
      {fresh !== undefined && (
        <ShownOnce
          name={fresh.name}
          sentence={t('Run this on the machine. The link is not shown again.')}
          secret={`ollama-agent join '${fresh.link}'`}
          onDone={() => setFresh(undefined)}
        />
      )}
      <TokenTable tokens={tokens.value?.join_tokens ?? []} onRevoke={(id) => void change(`${PATH}/${id}`, 'DELETE')} />
    </div>
  );
}

function TokenTable({ tokens, onRevoke }: { tokens: readonly JoinTokenInfo[]; onRevoke: (id: string) => void }) {
  if (tokens.length === 0) return null;
  return (
    <table class="table join-tokens">
      <thead>
        <tr>
          <th scope="col">{t('Link for')}</th>
          <th scope="col">{t('Used')}</th>
          <th scope="col">{t('Approval')}</th>
          <th scope="col">{t('Expires')}</th>
          <th scope="col">
            <span class="for-readers">{t('Revoke')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.map(({ id, name, used, uses, approve, expires_at: expiresAt }) => (
          <tr key={id} data-join-token={id}>
            <th scope="row" class="name">
              {name}
            </th>
            <td data-label={t('Used')}>{t('{used} of {uses}', { used, uses: uses ?? t('any number') })}</td>
            <td data-label={t('Approval')}>{approve ? t('needed') : '–'}</td>
            <td data-label={t('Expires')}>{expiresAt === undefined ? t('never') : dateAndTime(expiresAt)}</td>
            <td>
              <ConfirmButton
                label={t('Revoke')}
                about={t('Revoke {name}', { name })}
                confirm={t('Revoke for good')}
                onConfirm={() => onRevoke(id)}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function readForm(form: FormData): CreateJoinToken {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const [days, uses] = [text('days'), text('uses')];
  return {
    name: text('name'),
    uses: uses === '' ? null : Number(uses),
    approve: form.has('approve'),
    ...(days === '' ? {} : { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() }),
  };
}
