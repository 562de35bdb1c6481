/** What was used, in figures that only grow. */
export interface UsageCounts {
  requests: number;
  failed: number;
  promptTokens: number;
  outputTokens: number;
}

/** Four numbers in a row. */
export function writeCounts({ requests, failed, promptTokens, outputTokens }: UsageCounts): string {
  return `${requests} ${failed} ${promptTokens} ${outputTokens}`;
}

/** Undefined for what is none. */
export function readCounts(text: string): UsageCounts | undefined {
  const found = /^(\d{1,15}) (\d{1,15}) (\d{1,15}) (\d{1,15})$/.exec(text);
  if (!found) return undefined;
  const [requests = 0, failed = 0, promptTokens = 0, outputTokens = 0] = found.slice(1).map(Number);
  return { requests, failed, promptTokens, outputTokens };
}
