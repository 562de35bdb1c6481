import type { Attempt } from '@ollama-coordinator/common';
import { duration, UNKNOWN } from '../format.js';
import { t } from '../words/words.js';

/** Each agent that received the request: what was expected of it, and what came. */
export function AttemptsTable({ tries }: { tries: readonly Attempt[] }) {
  return (
    <section aria-labelledby="attempts-title">
      <h3 id="attempts-title">{t('Attempts: expected → came')}</h3>
      <div class="scroll">
        <table class="table plain">
          <thead>
            <tr>
              <th scope="col">{t('Agent')}</th>
              <th scope="col">{t('Outcome')}</th>
              <th scope="col">{t('Runner then')}</th>
              <th scope="col" class="number">
                {t('Load')}
              </th>
              <th scope="col" class="number">
                {t('First byte')}
              </th>
              <th scope="col" class="number">
                {t('Total')}
              </th>
              <th scope="col" class="number">
                {t('Tokens')}
              </th>
            </tr>
          </thead>
          <tbody>
            {tries.map((attempt) => (
              <tr key={attempt.attempt}>
                <th scope="row">{attempt.agent_name}</th>
                <td>
                  <span class={`badge badge-${attempt.outcome}`}>{t(attempt.outcome)}</span>
                </td>
                <td>
                  {t(attempt.runner)}, {t('{count} in flight', { count: attempt.in_flight })}
                </td>
                <td class="number">{pair(attempt.predicted?.load_ms, attempt.load_ms)}</td>
                <td class="number">{pair(attempt.predicted?.first_byte_ms, attempt.first_byte_ms)}</td>
                <td class="number">{pair(attempt.predicted?.total_ms, attempt.total_ms)}</td>
                <td class="number">
                  {Math.round(attempt.predicted?.output_tokens ?? 0) || UNKNOWN} → {attempt.output_tokens ?? UNKNOWN}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function pair(expectedMs: number | undefined, ms: number | undefined): string {
  return `${duration(expectedMs)} → ${duration(ms)}`;
}
