import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ARCHIVE, createDownloadScene, type DownloadScene, failureOf } from '../../support/download/download-scene.js';
import { makeArchive, programText } from '../../support/download/ollama-archive.js';
import { makeSmallDisk } from '../../support/small-disk.js';

describe('a download of Ollama', () => {
  let scene: DownloadScene;
  beforeEach(async () => {
    scene = await createDownloadScene();
  });
  afterEach(() => scene.close());

  it('ends in a program that runs, and leaves nothing else', async () => {
    const program = await scene.download();
    expect(program).to.equal(join(scene.installDir, '0.13.3', 'bin', 'ollama'));
    expect((await promisify(execFile)(program, ['--version'])).stdout).to.include('client version is 0.13.3');
    expect(await readdir(scene.installDir)).to.have.members(['0.13.3', 'downloads']);
    expect(await readdir(join(scene.installDir, 'downloads'))).to.deep.equal([]);
  });

  it('is not made twice', async () => {
    await scene.download();
    await scene.download();
    expect(scene.archiveRequests()).to.have.lengthOf(1);
  });

  it('goes on by Range where the connection broke, however often', async () => {
    scene.server.setSpeed(400_000);
    scene.server.fail({ kind: 'cut', afterBytes: 50_000 }, { kind: 'cut', afterBytes: 30_000 });
    await scene.download();
    const [first, second = 0, third = 0] = scene.archiveRequests().map(({ range }) => startOf(range));
    expect(first).to.equal(0);
    expect(second).to.be.within(20_000, 50_000);
    expect(third - second).to.be.within(10_000, 30_000);
    expect(scene.retries).to.deep.equal([1000, 2000]);
  });

  it('gives up a try that stalls, and goes on', async () => {
    scene.server.fail({ kind: 'stall', afterBytes: 40_000 });
    await scene.download({ stallMs: 300 });
    expect(scene.archiveRequests().map(({ range }) => range)).to.deep.equal([undefined, 'bytes=40000-']);
  });

  it('begins anew where the file has changed meanwhile', async () => {
    scene.server.setSpeed(400_000);
    scene.server.fail({ kind: 'cut', afterBytes: 50_000 });
    const other = await makeArchive([{ path: 'bin/ollama', text: `${programText('0.13.3')}# built again` }]);
    const controller = new AbortController();
    const stopped = scene.download({
      signal: controller.signal,
      onRetry: () => {
        scene.server.put(ARCHIVE, other);
        scene.server.putChecksums();
        controller.abort(new Error('the agent stops'));
      },
    });
    expect((await failureOf(stopped)).message).to.equal('the agent stops');
    expect(await scene.download()).to.equal(join(scene.installDir, '0.13.3', 'bin', 'ollama'));
    expect(startOf(scene.archiveRequests()[1]?.range)).to.be.within(20_000, 50_000);
  });

  it('goes on after the agent was stopped', async () => {
    const controller = new AbortController();
    scene.server.setSpeed(400_000);
    scene.server.fail({ kind: 'cut', afterBytes: 70_000 });
    await failureOf(scene.download({ signal: controller.signal, onRetry: () => controller.abort(new Error('the agent stops')) }));
    await scene.download();
    const [first, second] = scene.archiveRequests().map(({ range }) => startOf(range));
    expect(first).to.equal(0);
    expect(second).to.be.within(40_000, 70_000);
  });

  it('is tried five times where the server is ill, and says so in a sentence', async () => {
    scene.server.fail(...Array.from({ length: 9 }, () => ({ kind: 'status', status: 503 }) as const));
    const { code, message } = await failureOf(scene.download());
    expect(code).to.equal('DOWNLOAD_FAILED');
    expect(message).to.match(/could not be downloaded \(HTTP 503\); is this machine on the internet/);
    expect(scene.archiveRequests()).to.have.lengthOf(5);
    expect(scene.retries).to.deep.equal([1000, 2000, 4000, 8000]);
  });

  it('is not tried again where the server has no such file', async () => {
    const { code, message } = await failureOf(
      scene.download({ version: '9.9.9', baseUrl: `${scene.server.url}/nowhere`, verify: 'off', platform: 'linux-arm64' }),
    );
    expect(code).to.equal('DOWNLOAD_REFUSED');
    expect(message).to.match(/refuses to give .*ollama-linux-arm64.tgz out \(HTTP 404\); check AGENT_OLLAMA_DOWNLOAD_URL/);
  });

  it('is not taken for one where a guest network answers with its page', async () => {
    scene.server.fail({ kind: 'page' });
    const { code, message } = await failureOf(scene.download());
    expect(code).to.equal('DOWNLOAD_IS_PAGE');
    expect(message).to.match(/open a browser on this machine, sign in, and try again/);
  });

  it('has no archive for a machine that Ollama is not made for', async () => {
    const { code } = await failureOf(scene.download({ platform: 'aix-ppc64' }));
    expect(code).to.equal('NO_OLLAMA_FOR_PLATFORM');
  });

  it('does not fill a disk that is too small', async function () {
    const disk = await makeSmallDisk(256);
    if (disk === undefined) return this.skip();
    try {
      const { code, message } = await failureOf(scene.download({ installDir: disk.folder }));
      expect(code).to.equal('DISK_FULL');
      expect(message).to.match(/not enough disk in .*: [\d.]+ \w+ are needed, and [\d.]+ \w+ are free; delete something there/);
      expect(existsSync(join(disk.folder, '0.13.3'))).to.equal(false);
    } finally {
      await disk.remove();
    }
  });

  it('passes over what an interrupted unpacking left', async () => {
    await mkdir(join(scene.installDir, `unpacking-${process.pid}`), { recursive: true });
    await writeFile(join(scene.installDir, `unpacking-${process.pid}`, 'half'), 'x');
    await scene.download();
    expect(await readdir(scene.installDir)).to.have.members(['0.13.3', 'downloads']);
  });
});

function startOf(range: string | undefined): number {
  return Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
}
