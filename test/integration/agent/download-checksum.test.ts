import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { create } from 'tar';
import { ARCHIVE, createDownloadScene, type DownloadScene, failureOf } from '../../support/download/download-scene.js';
import { makeArchive, programText } from '../../support/download/ollama-archive.js';

describe('verification of a downloaded Ollama', () => {
  let scene: DownloadScene;
  beforeEach(async () => {
    scene = await createDownloadScene();
  });
  afterEach(() => scene.close());
  const leftOvers = () => readdir(join(scene.installDir, 'downloads'));

  it('takes what the list beside it names', async () => expect(existsSync(await scene.download())).to.equal(true));

  it('takes no other bytes, and deletes them', async () => {
    scene.server.fail({ kind: 'lie' });
    const { code, message } = await failureOf(scene.download());
    expect(code).to.equal('CHECKSUM_MISMATCH');
    expect(message).to.match(/is not what its publisher made: its SHA-256 is [0-9a-f]{64}, and [0-9a-f]{64} was expected; it was deleted/);
    expect(await leftOvers()).to.deep.equal([]);
    expect(existsSync(await scene.download())).to.equal(true);
  });

  it('wants a digest where none is named', async () => {
    scene.server.put('sha256sum.txt', Buffer.from(`${'0'.repeat(64)}  ./another.tgz\n`));
    const { code, message } = await failureOf(scene.download());
    expect(code).to.equal('CHECKSUM_MISSING');
    expect(message).to.match(/names no SHA-256 of ollama-linux-amd64.tgz; set OLLAMA_VERIFY_CHECKSUM/);
    expect(scene.archiveRequests()).to.deep.equal([]);
  });

  it('goes by a digest that was given, whatever the list says', async () => {
    scene.server.put('sha256sum.txt', Buffer.from('rubbish'));
    const digest = createHash('sha256').update(scene.archive).digest('hex');
    expect(existsSync(await scene.download({ verify: digest }))).to.equal(true);
  });

  it('goes by a list at another address', async () => {
    const list = await createDownloadScene();
    try {
      list.server.put('sums', Buffer.from(`${createHash('sha256').update(scene.archive).digest('hex')}  ${ARCHIVE}`));
      expect(existsSync(await scene.download({ verify: `${list.server.url}/sums` }))).to.equal(true);
    } finally {
      await list.close();
    }
  });

  it('is left out where it is off', async () => {
    scene.server.put('sha256sum.txt', Buffer.from('rubbish'));
    expect(existsSync(await scene.download({ verify: 'off' }))).to.equal(true);
    expect(scene.phases).to.not.include('verifying');
  });
});

describe('unpacking of a downloaded Ollama', () => {
  let scene: DownloadScene;
  beforeEach(async () => {
    scene = await createDownloadScene();
  });
  afterEach(() => scene.close());
  const serve = (body: Buffer) => {
    scene.server.put(ARCHIVE, body);
    scene.server.putChecksums();
  };
  const failsWith = async (cause: RegExp) => {
    const { code, message } = await failureOf(scene.download());
    expect([code, cause.test(message) ? '' : message]).to.deep.equal(['BAD_ARCHIVE', '']);
    expect(await readdir(scene.installDir)).to.deep.equal(['downloads']);
  };

  it('refuses what is no archive', async () => {
    serve(Buffer.from('this is no archive'));
    await failsWith(/cannot be unpacked/);
  });
  it('refuses an archive without Ollama', async () => {
    serve(await makeArchive([{ path: 'README', text: 'x' }]));
    await failsWith(/there is no Ollama in it/);
  });
  it('refuses a program that does not run', async () => {
    serve(await makeArchive([{ path: 'bin/ollama', text: '#!/bin/sh\nexit 3\n' }]));
    await failsWith(/does not run here/);
  });
  it('refuses names that lead out of the folder', async () => {
    serve(await trap(scene.installDir, '../escaped'));
    await failsWith(/\.\./);
    expect(existsSync(join(scene.installDir, '..', 'escaped'))).to.equal(false);
  });
  it('replaces a version that was damaged', async () => {
    const program = await scene.download();
    serve(await makeArchive([{ path: 'bin/ollama', text: `${programText('0.13.3')}# whole` }]));
    expect(await scene.download({ version: 'latest' })).to.equal(program);
  });
});

/** An archive with one entry of that name. */
async function trap(folder: string, path: string): Promise<Buffer> {
  const { mkdtemp, readFile, rm, writeFile } = await import('node:fs/promises');
  const work = await mkdtemp(join(folder, '..', 'oc-trap-'));
  try {
    await writeFile(join(work, 'file'), 'x');
    await create(
      { gzip: true, file: join(work, 'out.tgz'), cwd: work, preservePaths: true, onWriteEntry: (entry) => (entry.path = path) },
      ['file'],
    );
    return await readFile(join(work, 'out.tgz'));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
