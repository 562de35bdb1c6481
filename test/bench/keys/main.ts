import { parseArgs } from 'node:util';
import { startRedis } from '../../support/start-redis.js';
import { anyFails, BAR_COLUMNS, type Bar, barRows } from '../support/bars.js';
import { markdownTable } from '../support/markdown-table.js';
import { median } from '../support/statistics.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';
import { measureCheck } from './measure-check.js';
import { measureLimits } from './measure-limits.js';
import { measureRevocation } from './measure-revocation.js';

/** `npm run bench:keys`: what the check of an API key costs, how exact its limits are, how fast it dies. */
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, 'write-docs': { type: 'boolean', default: false } },
});
const KEYS = 10_000;
process.exitCode = await main();

/** Exit code: 0, or 1 where a bar is missed by 5 ×. */
async function main(): Promise<number> {
  const redis = await startRedis();
  try {
    const check = measureCheck(KEYS, values.quick ? 100_000 : 1_000_000);
    const seconds = values.quick ? 10 : 125;
    const limits = await measureLimits(redis.url, seconds);
    const revocation = await measureRevocation(redis, values.quick ? 20 : 200);
    const off = (share: number) => Math.abs(share - 1) * 100;
    const asked = `${seconds} s of more than is allowed`;
    return await report([
      { name: `check of a key, ${KEYS} known, p50`, value: check.p50, limit: 20, unit: 'µs', note: `p99 ${check.p99.toFixed(1)}` },
      { name: 'requests per minute over 3 replicas, off by', value: off(limits.requestsShare), limit: 5, unit: '%', note: asked },
      { name: 'tokens per minute over 3 replicas, off by', value: off(limits.tokensShare), limit: 5, unit: '%', note: asked },
      { name: 'admission of a request with three limits, CPU', value: limits.admitMicros, limit: 20, unit: 'µs' },
      { name: 'claims in Redis per request', value: limits.claimsPerRequest, limit: 0.02, unit: '' },
      {
        name: 'revocation, until the last of 3 replicas refuses, slowest',
        value: Math.max(...revocation.tookMs),
        limit: 1000,
        unit: 'ms',
        note: `median ${median(revocation.tookMs).toFixed(1)} of ${revocation.tookMs.length}`,
      },
      {
        name: 'revoked keys that are let in while Redis is away',
        value: revocation.letInWhileAway,
        limit: 0,
        unit: `of ${revocation.checksWhileAway}`,
      },
      { name: 'living keys that are refused meanwhile', value: revocation.keptOutWhileAway, limit: 0, unit: '' },
    ]);
  } finally {
    await redis.close();
  }
}

async function report(bars: readonly Bar[]): Promise<number> {
  const text = markdownTable(BAR_COLUMNS, barRows(bars));
  console.log(`${describeMachine()}\n\n${text}`);
  if (values['write-docs']) console.log(`\nwritten to ${await writeDocs('bench:keys', text)}`);
  return anyFails(bars) ? 1 : 0;
}
