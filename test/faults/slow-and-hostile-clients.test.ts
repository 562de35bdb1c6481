import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ownRssBytes } from '../bench/support/process-usage.js';
import { percentile } from '../bench/support/statistics.js';
import { eventually } from '../support/eventually.js';
import { countLost } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { scaled } from './support/scale.js';

const MIB = 1024 * 1024;
const READERS = scaled(10, 25);
/** Far more than what sockets hold on the way; all of it is in one record, which is worse than many. */
const ANSWER_BYTES = scaled(20, 40) * MIB;
const DRIPPERS = scaled(20, 200);

describe('slow and hostile clients', function () {
  this.timeout(300_000);

  it('hold little memory when they do not read', () =>
    runScenario({
      fault: 'slow reader of a 200 MB answer',
      agents: ['one'],
      slots: READERS,
      ollama: { models: [{ name: 'tiny', kind: 'completion', loadMs: 10, outputTokens: 10 }] },
      run: async ({ fleet, figure }) => {
        fleet.agents[0]?.ollama?.faults.add({ fault: { kind: 'huge-line', bytes: ANSWER_BYTES }, match: { path: '/api/generate' } });
        // A first round fills the heaps with what any traffic of that size leaves in them.
        for (const reader of await Promise.all(Array.from({ length: READERS }, () => askAndStopReading(fleet.url)))) {
          await wait(20);
          reader.destroy();
        }
        await eventually(() => fleet.agents[0]?.ollama?.stats.inFlight === 0);
        const programs = [fleet.coordinators[0]?.program, fleet.agents[0]?.program];
        const before = programs.map((program) => ownRssBytes(program?.pid ?? 0));
        const readers = await Promise.all(Array.from({ length: READERS }, () => askAndStopReading(fleet.url)));
        const peaks = [...before];
        for (let look = 0; look < scaled(20, 100); look += 1) {
          await wait(100);
          programs.forEach((program, index) => {
            peaks[index] = Math.max(peaks[index] ?? 0, ownRssBytes(program?.pid ?? 0));
          });
        }
        const running = fleet.agents[0]?.ollama?.stats.inFlight ?? 0;
        for (const reader of readers) reader.destroy();
        const held = (index: number) => Math.max(0, (peaks[index] ?? 0) - (before[index] ?? 0)) / MIB / READERS;
        const note = `${READERS} readers, ${running} of them unfinished`;
        figure({ name: 'memory held per stream, coordinator', value: held(0), limit: 1, unit: 'MiB', note });
        figure({ name: 'memory held per stream, agent', value: held(1), limit: 1, unit: 'MiB' });
      },
    }));

  it('are closed or refused, and bother nobody', () =>
    runScenario({
      fault: 'slow-loris on either side; header bomb; huge body',
      slots: 8,
      env: { COORDINATOR_BODY_LIMIT_BYTES: String(MIB) },
      run: async ({ fleet, client, figure }) => {
        const callers = client.keepAsking({ concurrency: 4, stream: false, tokens: 3, pauseMs: 20 });
        await wait(2000);
        const hostileFromMs = performance.now();
        const head = 'POST /api/generate HTTP/1.1\r\nhost: localhost\r\n';
        const agentUrl = (await fleet.listAgents())[0]?.address ?? '';
        const closed = await Promise.all([
          closedAfter(fleet.url, head, DRIPPERS),
          closedAfter(fleet.url, `${head}content-length: 1000\r\n\r\n`, DRIPPERS),
          closedAfter(agentUrl, head, DRIPPERS),
          refusals(fleet.url, `${head}x-bomb: ${'a'.repeat(100_000)}\r\n\r\n`, ' 431 ').then((missing) =>
            figure({ name: 'header bombs not answered 431', value: missing, limit: 0, unit: 'of 10' }),
          ),
          refusals(fleet.url, `${head}content-length: 1000000000\r\n\r\n{`, ' 413 ').then((missing) =>
            figure({ name: 'announced huge bodies not answered 413', value: missing, limit: 0, unit: 'of 10' }),
          ),
          refusals(fleet.url, `${head}transfer-encoding: chunked\r\n\r\n200000\r\n${'x'.repeat(0x200000)}\r\n`, ' 413 ').then((missing) =>
            figure({ name: 'chunked huge bodies not answered 413', value: missing, limit: 0, unit: 'of 10' }),
          ),
        ]);
        await callers.stop();
        const total = (from: number, to: number) =>
          client.records.filter(({ sentMs }) => sentMs >= from && sentMs < to).map(({ sentMs, endMs = Number.NaN }) => endMs - sentMs);
        const calm = percentile(total(0, hostileFromMs), 0.99);
        const hostile = percentile(total(hostileFromMs, Number.POSITIVE_INFINITY), 0.99);
        figure({ name: 'dripping headers closed, coordinator', value: closed[0], limit: 15, unit: 's' });
        figure({ name: 'dripping bodies closed, coordinator', value: closed[1], limit: 15, unit: 's' });
        figure({ name: 'dripping headers closed, agent', value: closed[2], limit: 15, unit: 's' });
        figure({
          name: "others' p99",
          value: hostile / calm,
          limit: 1.2,
          unit: '×',
          note: `${calm.toFixed(0)} → ${hostile.toFixed(0)} ms`,
        });
        figure({ name: "others' requests lost", value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
      },
    }));
});

/** Reads the head of an answer, and nothing more. */
async function askAndStopReading(url: string): Promise<Socket> {
  const socket = await open(url);
  const body = JSON.stringify({ model: 'tiny', prompt: 'x', stream: true });
  socket.write(`POST /api/generate HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await once(socket, 'data');
  socket.pause();
  return socket;
}

/** Sends a beginning and then a byte a second; resolves with the seconds until the last of the sockets was closed. */
async function closedAfter(url: string, beginning: string, count: number): Promise<number> {
  const startedMs = performance.now();
  const sockets = await Promise.all(Array.from({ length: count }, () => open(url)));
  const giveUpMs = scaled(40_000, 80_000);
  await Promise.all(
    sockets.map(async (socket) => {
      socket.resume().write(beginning);
      const drip = setInterval(() => socket.write('a'), 1000);
      const giveUp = setTimeout(() => socket.destroy(), giveUpMs);
      await new Promise((resolve) => socket.once('close', resolve));
      clearInterval(drip);
      clearTimeout(giveUp);
    }),
  );
  return (performance.now() - startedMs) / 1000;
}

/** How many of ten such requests are not answered with that status. */
async function refusals(url: string, request: string, status: string): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const socket = await open(url);
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
        if (answer.includes('\r\n\r\n')) socket.destroy();
      });
      socket.write(request);
      const giveUp = setTimeout(() => socket.destroy(), 5000);
      await new Promise((resolve) => socket.once('close', resolve));
      clearTimeout(giveUp);
      return answer.split('\r\n')[0] ?? '';
    }),
  );
  return answers.filter((line) => !line.includes(status)).length;
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
