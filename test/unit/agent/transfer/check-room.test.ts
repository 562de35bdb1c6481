import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { checkRoom, watchRoom } from '#agent/transfer/check-room.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const MIB = 1_048_576;
const layers = [
  { digest: DIGEST, size: 4 * MIB },
  { digest: OTHER, size: MIB },
];

describe('checkRoom', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-room-'));
    await mkdir(join(folder, 'blobs'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refusal = (freeBytes: number | undefined, where: string | undefined = folder) =>
    checkRoom('m', layers, where, { agentName: 'one', freeBytes: async () => freeBytes }).then(
      () => undefined,
      (error: AppError) => error,
    );
  const blob = (digest: string, ending = '') => join(folder, 'blobs', digest.replace(':', '-') + ending);

  it('refuses what does not fit, with what is needed and what is free', async () => {
    expect(await refusal(5 * MIB)).to.equal(undefined);
    const error = await refusal(5 * MIB - 1);
    expect(error).to.be.instanceOf(AppError).and.include({ code: 'NOT_ENOUGH_DISK', retryable: false });
    expect(error?.message).to.match(/"m".*"?one"?.*5\.\d MB/);
  });

  it('counts no layer that is there', async () => {
    await writeFile(blob(DIGEST), Buffer.alloc(4 * MIB));
    expect(await refusal(MIB)).to.equal(undefined);
  });

  for (const ending of ['-partial', '-copy']) {
    it(`counts what an earlier try left in ${ending} as there`, async () => {
      await writeFile(blob(DIGEST, ending), Buffer.alloc(3 * MIB, 1));
      expect(await refusal(2 * MIB)).to.equal(undefined);
      expect(await refusal(2 * MIB - 1)).to.include({ code: 'NOT_ENOUGH_DISK' });
    });
  }

  it('does not take the length of a file for its content: Ollama makes it as long as it is to become', async function () {
    if (process.platform === 'win32') return this.skip();
    const file = await open(blob(DIGEST, '-partial'), 'w');
    await file.truncate(4 * MIB);
    await file.close();
    expect(await refusal(5 * MIB - 1)).to.include({ code: 'NOT_ENOUGH_DISK' });
  });

  it('lets Ollama find out where the folder, or the free room, is not known', async () => {
    expect(await refusal(undefined)).to.equal(undefined);
    expect(await checkRoom('m', layers, undefined, { agentName: 'one', freeBytes: async () => 0 })).to.equal(undefined);
  });
});

describe('watchRoom', () => {
  it('tells as soon as the layers named so far need more than is free', async () => {
    const told: AppError[] = [];
    const watch = watchRoom('m', { agentName: 'one', freeBytes: async () => 10 }, (error) => told.push(error));
    watch({ type: 'layer', digest: DIGEST, total: 12, completed: 4 });
    await nextTurn();
    expect(told).to.deep.equal([]);
    watch({ type: 'layer', digest: OTHER, total: 3, completed: 0 });
    await nextTurn();
    expect(told.map(({ code }) => code)).to.deep.equal(['NOT_ENOUGH_DISK']);
  });
});
