import type { Request } from '@ollama-coordinator/common';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../ask.js';

interface Page {
  readonly requests: readonly Request[];
  readonly cursor?: string;
}

export interface StoredRequests {
  readonly requests: readonly Request[];
  readonly problem: string | undefined;
  readonly searching: boolean;
  /** False at the end of the history. */
  readonly hasMore: boolean;
  readonly more: () => Promise<void>;
}

const PAGE = 50;
/** A rare search is gone on with so many times before the person is asked. */
const MOST_TURNS = 20;
const NOTHING: Page & { readonly started: boolean } = { requests: [], started: false };

/** Pages of the history for the query; the first is read at once. */
export function useStoredRequests(query: string): StoredRequests {
  const [page, setPage] = useState(NOTHING);
  const [problem, setProblem] = useState<string>();
  const [searching, setSearching] = useState(false);
  const asked = useRef(query);

  const read = useCallback(async (from: Page & { started: boolean }, forQuery: string) => {
    setSearching(true);
    let { requests, cursor } = from;
    const wanted = requests.length + PAGE;
    for (let turn = 0; turn < MOST_TURNS && requests.length < wanted; turn += 1) {
      const params = new URLSearchParams(forQuery);
      params.set('limit', String(PAGE));
      if (cursor !== undefined) params.set('cursor', cursor);
      const answer = await ask<Page>(`/api/coordinator/requests?${params}`);
      if (asked.current !== forQuery) return;
      setProblem(answer.ok ? undefined : answer.problem);
      if (!answer.ok) break;
      requests = [...requests, ...answer.value.requests];
      cursor = answer.value.cursor;
      setPage({ requests, started: true, ...(cursor === undefined ? {} : { cursor }) });
      if (cursor === undefined) break;
    }
    setSearching(false);
  }, []);

  useEffect(() => {
    asked.current = query;
    setPage(NOTHING);
    void read(NOTHING, query);
  }, [query, read]);

  return {
    requests: page.requests,
    problem,
    searching,
    hasMore: page.cursor !== undefined,
    more: () => read(page, query),
  };
}
