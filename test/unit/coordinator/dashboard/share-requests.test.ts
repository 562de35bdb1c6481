import type { Request } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { worthTelling } from '#coordinator/dashboard/share-requests.js';
import { aRequest } from '../../../support/scripted-fleet.js';

const NOW_MS = Date.UTC(2026, 0, 1, 0, 1);
const cameAgo = (ms: number): Pick<Request, 'received_at'> => ({ received_at: new Date(NOW_MS - ms).toISOString() });

describe('worthTelling', () => {
  it('tells what runs or waits here and what ended in the last seconds, that without an outcome first', () => {
    const requests = [
      aRequest({ id: 'long over', total_ms: 1000, ...cameAgo(30_000) }),
      aRequest({ id: 'just over', total_ms: 29_000, ...cameAgo(30_000) }),
      aRequest({ id: 'elsewhere', status: 'running', replica: 'replica-2' }),
      aRequest({ id: 'waits', status: 'queued', ...cameAgo(60_000) }),
      aRequest({ id: 'runs', status: 'running', ...cameAgo(90_000) }),
    ];
    expect(worthTelling(requests, 'replica-1', NOW_MS).map(({ id }) => id)).to.deep.equal(['waits', 'runs', 'just over']);
  });
});
