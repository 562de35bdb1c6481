import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { importScript } from '../../support/repository.js';

const PE_AT = 0x80;
const OPTIONAL_AT = PE_AT + 24;
const CERTIFICATES_AT = OPTIONAL_AT + 112 + 32;

describe('dropSignature', () => {
  let folder: string;
  let file: string;
  let dropSignature: (file: string) => boolean;
  before(async () => {
    ({ dropSignature } = await importScript<{ dropSignature: (path: string) => boolean }>('package/drop-signature.mjs'));
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-pe-'));
    file = join(folder, 'program.exe');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function program({ certificatesAt = 0, magic = 0x20b } = {}): Buffer {
    const bytes = Buffer.alloc(1024, 1);
    bytes.writeUInt32LE(PE_AT, 0x3c);
    bytes.writeUInt16LE(magic, OPTIONAL_AT);
    bytes.writeUInt32LE(certificatesAt, CERTIFICATES_AT);
    bytes.writeUInt32LE(certificatesAt === 0 ? 0 : bytes.length - certificatesAt, CERTIFICATES_AT + 4);
    return bytes;
  }

  it('takes the certificates off the end, and what names them', async () => {
    await writeFile(file, program({ certificatesAt: 800 }));
    expect(dropSignature(file)).to.equal(true);
    const bytes = await readFile(file);
    expect(bytes.length).to.equal(800);
    expect(bytes.subarray(CERTIFICATES_AT, CERTIFICATES_AT + 8)).to.deep.equal(Buffer.alloc(8));
    expect(bytes.subarray(CERTIFICATES_AT + 8)).to.deep.equal(Buffer.alloc(800 - CERTIFICATES_AT - 8, 1));
  });

  it('leaves one without a signature as it is', async () => {
    await writeFile(file, program());
    expect(dropSignature(file)).to.equal(false);
    expect(await readFile(file)).to.deep.equal(program());
  });

  it('refuses what is no 64-bit program for Windows', async () => {
    await writeFile(file, program({ magic: 0x10b }));
    expect(() => dropSignature(file)).to.throw(/no 64-bit program/);
  });
});
