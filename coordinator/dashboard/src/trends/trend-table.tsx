import type { Trend } from '@ollama-coordinator/common';
import { dateAndTime, duration, UNKNOWN } from '../format.js';
import { t, type Words } from '../words/words.js';

const COLUMNS: readonly Words[] = [
  'From',
  'Requests',
  'Failed',
  'First byte p50',
  'First byte p99',
  'Waited',
  'Tokens',
  'Tokens/s',
  'Loads',
];

/** The figures of the charts in text, latest first; periods without a request are left out. */
export function TrendTable({ trends }: { trends: readonly Trend[] }) {
  const shown = trends.filter(({ requests }) => requests > 0).reverse();
  return (
    <details>
      <summary>{t('As a table')}</summary>
      <div class="scroll">
        <table class="table plain trend-table">
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th key={name} scope="col" class={name === 'From' ? '' : 'number'}>
                  {t(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((trend) => (
              <tr key={trend.at}>
                <th scope="row">{dateAndTime(trend.at)}</th>
                <td class="number">{trend.requests}</td>
                <td class="number">{trend.failed}</td>
                <td class="number">{duration(trend.first_byte_p50_ms)}</td>
                <td class="number">{duration(trend.first_byte_p99_ms)}</td>
                <td class="number">{duration(trend.queue_mean_ms)}</td>
                <td class="number">{trend.output_tokens}</td>
                <td class="number">{trend.tokens_per_s ?? UNKNOWN}</td>
                <td class="number">{trend.loads}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p class="muted">{t('No request in this time.')}</p>}
    </details>
  );
}
