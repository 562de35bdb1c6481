import type { Agent } from '@ollama-coordinator/common';

/** Looks at a replica's list of agents all the time; `stop()` tells how many were offline in it. */
export function watchOffline(url: string): { stop(): Promise<number> } {
  const offline = new Set<string>();
  let isStopped = false;
  const looking = (async () => {
    while (!isStopped) {
      for (const { name, status } of await listAgents(url)) if (status === 'offline') offline.add(name);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await looking;
      return offline.size;
    },
  };
}

/** Nothing where the replica does not answer within a second. */
export async function listAgents(url: string): Promise<readonly Agent[]> {
  try {
    return (await (await fetch(`${url}/api/agents`, { signal: AbortSignal.timeout(1000) })).json()) as readonly Agent[];
  } catch {
    return [];
  }
}
