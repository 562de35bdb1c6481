import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { pinCoordinatorKey } from '#agent/coordinator/pinned-keys.js';

describe('pinCoordinatorKey', () => {
  let dataDir: string;
  const pin = (coordinatorUrl: string, key: string) =>
    pinCoordinatorKey({ dataDir, coordinatorUrl, key, log: silentLogger }).then(
      () => 'taken',
      (error: unknown) => (error instanceof AppError ? error.code : error),
    );

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'oc-pins-'));
  });

  afterEach(() => rm(dataDir, { recursive: true }));

  it('refuses another key of a coordinator on another machine', async () => {
    expect(await pin('http://10.0.0.1:8080', 'one')).to.equal('taken');
    expect(await pin('http://10.0.0.1:8080', 'one')).to.equal('taken');
    expect(await pin('http://10.0.0.1:8080', 'two')).to.equal('COORDINATOR_KEY_CHANGED');
    expect(await pin('http://10.0.0.2:8080', 'two'), 'another coordinator').to.equal('taken');
  });

  it('takes another key on loopback', async () => {
    expect(await pin('http://127.0.0.1:8080', 'one')).to.equal('taken');
    expect(await pin('http://127.0.0.1:8080', 'two')).to.equal('taken');
    expect(JSON.parse(await readFile(join(dataDir, 'coordinator-keys.json'), 'utf8'))).to.deep.equal({ 'http://127.0.0.1:8080': 'two' });
  });

  it('does not take a damaged file for an empty one', async () => {
    await writeFile(join(dataDir, 'coordinator-keys.json'), '{');
    expect(await pin('http://10.0.0.1:8080', 'one')).to.equal('BAD_CONFIG');
  });
});
