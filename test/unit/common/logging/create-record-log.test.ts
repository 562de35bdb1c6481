import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { createRecordLog } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { pino } from 'pino';
import { createManualClock } from '../../../support/manual-clock.js';

function setUp(level = 'info') {
  const clock = createManualClock();
  const written: string[] = [];
  const log = pino(
    { name: 'coordinator', level, base: { name: 'coordinator', pid: 7 }, timestamp: () => `,"time":${clock.now()}` },
    { write: (line: string) => written.push(line) },
  ).child({ part: 'requests' });
  return { clock, log, written, records: createRecordLog(log, clock) };
}

describe('createRecordLog', () => {
  it('writes the line that the logger would', () => {
    const { log, written, records } = setUp();
    const record = { id: 'r1', why: 'the "only" one\n', total_ms: 1.5, stream: true };
    log.info(record, 'request settled');
    records.write(JSON.stringify(record), 'request settled');
    records.close();
    expect(written[1]).to.equal(written[0]);
  });

  it('gathers lines for a moment, and writes them at once', () => {
    const { clock, written, records } = setUp();
    records.write('{"id":"a"}', 'm');
    records.write('{"id":"b"}', 'm');
    expect(written).to.deep.equal([]);
    clock.advance(20);
    expect(written).to.have.length(1);
    expect(written[0]?.trim().split('\n')).to.have.length(2);
  });

  it('does not gather without end', () => {
    const { written, records } = setUp();
    for (let count = 0; count < 100; count += 1) records.write(`{"id":"${'x'.repeat(1000)}"}`, 'm');
    expect(written).to.have.length(1);
  });

  it('writes nothing below the level of the logger', () => {
    const { written, records } = setUp('warn');
    records.write('{"id":"a"}', 'm');
    records.close();
    expect(written).to.deep.equal([]);
  });

  for (const [how, end] of [
    ['exits', 'process.exit(3)'],
    ['dies of an error that nobody catches', 'setImmediate(() => { throw new Error("x") })'],
  ] as const) {
    it(`loses nothing when the process ${how}`, async () => {
      const common = new URL('../../../../../common/dist/index.js', import.meta.url).href;
      const program = `
        import { createLogger, createRecordLog, systemClock } from '${common}';
        const records = createRecordLog(createLogger({ program: 'p', level: 'info' }), systemClock);
        for (let id = 0; id < 100; id += 1) records.write(JSON.stringify({ id }), 'm');
        ${end};`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
      const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      expect(output.trim().split('\n')).to.have.length(100);
    });
  }
});
