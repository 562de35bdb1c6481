import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type PullFleet, startPullFleet } from '../../support/registry/start-pull-fleet.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));

describe('ollama-coordinator pull and jobs', function () {
  this.timeout(60_000);
  let world: PullFleet;
  before(async () => {
    world = await startPullFleet({ agents: ['one', 'two'], env: { COORDINATOR_JOB_RETRY_MS: '50' } });
    world.registry.addSynthetic({ name: 'wanted', sizeBytes: 400_000 });
  });
  after(() => world?.close());

  const cli = (...words: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const child = execFile(process.execPath, [COORDINATOR, ...words, '--url', world.fleet.url], (_failure, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });

  it('bring a model to all and show it, a line for each step where there is no terminal', async () => {
    const { code, out, err } = await cli('pull', 'wanted', '--agents', 'all', '--watch');
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out.trimEnd().split('\n').at(-1)).to.match(/^pulling wanted: done on (one, two|two, one)$/);
    await eventually(async () => expect(await world.holders('wanted:latest')).to.deep.equal(['one', 'two']));
  });

  it('name the job, list it, watch it, cancel it', async () => {
    world.registry.addSynthetic({ name: 'slow', sizeBytes: 2_000_000 });
    world.registry.setSpeed(50_000);
    const made = await cli('pull', 'slow', '--agents', 'one');
    const [, id = ''] = /^(job-[0-9a-f]+): pulls slow to one\n/.exec(made.out) ?? [];
    const listed = await cli('jobs');
    expect(listed.out.split('\n')[1]).to.match(new RegExp(`^${id} +pull +slow +(active|waiting) +0/1 `));
    const watched = cli('jobs', 'watch', id);
    const { out } = await cli('jobs', 'cancel', id);
    expect(out).to.equal(`${id} is cancelled; what it brought to agents stays there\n`);
    const { code, out: shown } = await watched;
    expect([code, shown.trimEnd().split('\n').at(-1)?.replace(/by .*/, 'by …')]).to.deep.equal([
      1,
      'pulling slow: cancelled: the job was cancelled by …',
    ]);
    expect((await cli('jobs', 'cancel', id)).out).to.equal(`${id} is cancelled; what it brought to agents stays there\n`);
    world.registry.setSpeed(Number.POSITIVE_INFINITY);
  });

  for (const { words, says } of [
    { words: ['pull'], says: /it is "ollama-coordinator pull MODEL/ },
    { words: ['pull', 'absent', '--agents', 'nobody'], says: /no agent "nobody" is registered here/ },
    { words: ['jobs', 'watch', 'job-0'], says: /no job "job-0" is known/ },
    { words: ['jobs', 'explode', 'job-0'], says: /it is one of "ollama-coordinator jobs \[list\]"/ },
    { words: ['agents', '--watch'], says: /--watch is no flag of "agents"/ },
  ]) {
    it(`answer "${words.join(' ')}" with one sentence`, async () => {
      const { code, err } = await cli(...words);
      expect(code).to.equal(1);
      expect(err.trim()).to.match(says).and.not.include('\n');
    });
  }
});
