import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { silentLogger, startTracing } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { startOtlpReceiver } from '../../../support/otlp-receiver.js';

const service = { name: 'tested', version: '1.2.3', instance: 'one' };

/** Starts nothing: loads both programs, asks for traces to nowhere, and prints which of OpenTelemetry's files are loaded. */
const LOAD = `
import { createRequire } from 'node:module';
import { startTracing, silentLogger } from '@ollama-coordinator/common';
import '@ollama-coordinator/coordinator';
import '@ollama-coordinator/agent';
const service = { name: 'a', version: '1', instance: 'b' };
const tracing = await startTracing({ endpoint: process.env.ENDPOINT, service, log: silentLogger });
const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('opentelemetry/'));
console.log(tracing === undefined, loaded.some((path) => path.includes('sdk-trace')));
`;
const run = async (env: NodeJS.ProcessEnv) => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', LOAD], { env: { ...process.env, ...env } });
  return stdout.trim();
};

describe('startTracing', function () {
  this.timeout(30_000);

  it('loads nothing of the SDK where no receiver is set', async () => {
    expect(await run({})).to.equal('true false');
    expect(await run({ ENDPOINT: 'http://127.0.0.1:9' })).to.equal('false true');
  });

  it('sends what has ended when it stops, as one trace with its parents', async () => {
    const receiver = await startOtlpReceiver();
    const tracing = await startTracing({ endpoint: receiver.url, service, log: silentLogger });
    const request = tracing?.serve('POST /api/chat', {}, { model: 'tiny' });
    const step = request?.child('attempt', 'calls');
    step?.end({ result: 'failed' }, 'AGENT_FAILED');
    request?.end();
    request?.end({ model: 'another' });
    await tracing?.stop();
    const [attempt, whole] = receiver.spans;
    expect(receiver.spans).to.have.lengthOf(2);
    expect(whole).to.deep.include({ service: 'tested', parentSpanId: '', attributes: { model: 'tiny' }, isError: false });
    expect(attempt).to.deep.include({ traceId: whole?.traceId, parentSpanId: whole?.spanId, isError: true });
    expect(attempt?.attributes).to.deep.equal({ result: 'failed', 'error.type': 'AGENT_FAILED' });
    expect(step?.headers.traceparent).to.equal(`00-${whole?.traceId}-${attempt?.spanId}-01`);
    await receiver.close();
  });

  it('makes nothing of what is left out of the sample', async () => {
    const receiver = await startOtlpReceiver();
    const tracing = await startTracing({ endpoint: `${receiver.url}/v1/traces`, sample: 0, service, log: silentLogger });
    const request = tracing?.serve('POST /api/chat', {});
    expect(request?.headers.traceparent).to.match(/-00$/);
    request?.end();
    await tracing?.stop();
    expect(receiver.spans).to.deep.equal([]);
    await receiver.close();
  });
});
