import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { findChecksum } from '#agent/ollama/install/fetch-checksum.js';
import { sha256Of, verifyChecksum } from '#agent/ollama/install/verify-checksum.js';

/** Of the three bytes `abc`: FIPS 180-4, first example. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('verifyChecksum', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-sum-'));
    file = join(folder, 'abc');
    await writeFile(file, 'abc');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is the SHA-256 of the bytes', async () => expect(await sha256Of(file)).to.equal(ABC));
  it('keeps a file that is right, whatever the case of the digest', async () => {
    await verifyChecksum(file, ABC.toUpperCase());
    expect(existsSync(file)).to.equal(true);
  });
  it('deletes one that is not, and says both digests', async () => {
    const error = await verifyChecksum(file, '0'.repeat(64)).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(AppError).with.property('code', 'CHECKSUM_MISMATCH');
    expect(String(error)).to.include(ABC).and.include('0'.repeat(64));
    expect(existsSync(file)).to.equal(false);
  });
});

describe('findChecksum', () => {
  const other = 'f'.repeat(64);
  const rows: [title: string, text: string, found: string | undefined][] = [
    ['a line of sha256sum', `${other}  ./other.tgz\n${ABC}  ./ollama.tgz\n`, ABC],
    ['a line without a folder', `${ABC}  ollama.tgz`, ABC],
    ['a line of binary mode', `${other} *x\n${ABC} *ollama.tgz\r\n`, ABC],
    ['one digest alone', `${ABC}\n`, ABC],
    ['nothing for the file', `${other}  other.tgz\n`, undefined],
    ['a name that only ends like it', `${other}  my-ollama.tgz\n`, undefined],
    ['a page', '<html>404</html>', undefined],
    ['nothing at all', '', undefined],
  ];
  for (const [title, text, found] of rows) it(title, () => expect(findChecksum(text, 'ollama.tgz')).to.equal(found));
});
