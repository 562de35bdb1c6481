import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { lockFolder } from '#coordinator/embedded-redis/folder-lock.js';

describe('lockFolder', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oc-lock-'));
    path = join(folder, 'redis.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const lock = () => lockFolder(path, folder, systemClock);
  const writeHolder = (holder: object) => writeFileSync(path, JSON.stringify(holder));
  /** A process that runs as long as this test: the one that started it. */
  const living = { pid: process.ppid, host: hostname(), birth: '' };

  it('names the holder of a folder that is held', () => {
    writeHolder(living);
    expect(lock).to.throw(AppError, `process ${process.ppid}`).with.property('code', 'DATA_DIR_IN_USE');
  });

  it('holds the folder against itself', () => {
    const held = lock();
    if (process.platform === 'linux') expect(lock).to.throw(AppError);
    held.release();
    lock().release();
  });

  it('leaves nothing behind', () => {
    lock().release();
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  const leftOvers: readonly [string, string][] = [
    ['a process that is gone', JSON.stringify({ ...living, pid: 2 ** 22 + 1 })],
    ['an earlier process with the same id', JSON.stringify({ ...living, birth: 'an-earlier-boot:1' })],
    ['an earlier process with our own id', JSON.stringify({ ...living, pid: process.pid, birth: 'an-earlier-boot:1' })],
    ['a write that broke off', '{"pid":'],
    ['nothing at all', ''],
    ['another type of id', JSON.stringify({ pid: 'x' })],
  ];
  for (const [what, text] of leftOvers) {
    it(`takes over the lock of ${what}`, function () {
      if (text.includes('earlier-boot') && process.platform !== 'linux') this.skip();
      writeFileSync(path, text);
      const held = lock();
      expect(JSON.parse(readFileSync(path, 'utf8'))).to.include({ pid: process.pid });
      held.release();
    });
  }

  it("respects another host's lock while that is touched, and takes it over 20 s later", () => {
    writeHolder({ pid: 1, host: 'another-host', birth: '' });
    expect(lock).to.throw(AppError);
    const earlier = Date.now() / 1000 - 21;
    utimesSync(path, earlier, earlier);
    lock().release();
  });

  it('does not remove a lock that became another process', () => {
    const held = lock();
    writeHolder(living);
    held.release();
    expect(JSON.parse(readFileSync(path, 'utf8'))).to.deep.equal(living);
  });
});
