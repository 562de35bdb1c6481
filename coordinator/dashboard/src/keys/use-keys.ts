import type { CreatedKey, CreateKey, KeyInfo, KeyUsage } from '@ollama-coordinator/common';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { type Answer, ask } from '../ask.js';

const KEYS_PATH = '/api/coordinator/keys';

/** What a key used in the last 30 days, of all models. */
export interface Used {
  readonly requests: number;
  readonly tokens: number;
}

export interface Keys {
  /** Undefined while they are being read. */
  readonly keys: readonly KeyInfo[] | undefined;
  readonly used: ReadonlyMap<string, Used>;
  readonly problem: string | undefined;
  create(wanted: CreateKey): Promise<Answer<CreatedKey>>;
  revoke(id: string): Promise<void>;
}

/** The keys of the fleet, read when the page opens and after each change. */
export function useKeys(): Keys {
  const [keys, setKeys] = useState<readonly KeyInfo[]>();
  const [used, setUsed] = useState<ReadonlyMap<string, Used>>(new Map());
  const [problem, setProblem] = useState<string>();

  const read = useCallback(async () => {
    const [listed, usage] = await Promise.all([ask<{ keys: KeyInfo[] }>(KEYS_PATH), ask<{ usage: KeyUsage[] }>(`${KEYS_PATH}/usage`)]);
    if (listed.ok) setKeys(listed.value.keys);
    if (usage.ok) setUsed(sumByKey(usage.value.usage));
    setProblem(listed.ok ? undefined : listed.problem);
  }, []);
  useEffect(() => void read(), [read]);

  return {
    keys,
    used,
    problem,
    async create(wanted) {
      const answer = await ask<CreatedKey>(KEYS_PATH, 'POST', wanted);
      if (answer.ok) await read();
      return answer;
    },
    async revoke(id) {
      const answer = await ask(`${KEYS_PATH}/${id}`, 'DELETE');
      await read();
      if (!answer.ok) setProblem(answer.problem);
    },
  };
}

function sumByKey(rows: readonly KeyUsage[]): ReadonlyMap<string, Used> {
  const sums = new Map<string, Used>();
  for (const { key_id, requests, prompt_tokens, output_tokens } of rows) {
    const before = sums.get(key_id) ?? { requests: 0, tokens: 0 };
    sums.set(key_id, { requests: before.requests + requests, tokens: before.tokens + prompt_tokens + output_tokens });
  }
  return sums;
}
