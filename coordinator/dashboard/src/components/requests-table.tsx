import type { Request } from '@ollama-coordinator/common';
import { useDrawn } from '../shared/use-drawn.js';
import { t } from '../words/words.js';
import { RequestRow } from './request-row.js';

export function RequestsTable({ requests }: { requests: readonly Request[] }) {
  const drawn = useDrawn(requests.length);
  return (
    <table class="table requests">
      <thead>
        <tr>
          <th scope="col" class="column-time">
            {t('Time')}
          </th>
          <th scope="col" class="column-model">
            {t('Model')}
          </th>
          <th scope="col" class="column-agent">
            {t('Agent')}
          </th>
          <th scope="col" class="column-status">
            {t('Status')}
          </th>
          <th scope="col" class="number column-ms phase-queue">
            {t('Queue')}
          </th>
          <th scope="col" class="number column-ms phase-first-byte">
            {t('First byte')}
          </th>
          <th scope="col" class="number column-ms phase-rest">
            {t('Total')}
          </th>
          <th scope="col" class="number column-tokens">
            {t('Tokens')}
          </th>
          <th scope="col">{t('Why')}</th>
        </tr>
      </thead>
      <tbody>
        {requests.slice(0, drawn).map((request) => (
          <RequestRow key={request.id} request={request} />
        ))}
      </tbody>
    </table>
  );
}
