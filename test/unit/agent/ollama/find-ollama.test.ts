import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { compareVersions } from '#agent/ollama/run/compare-versions.js';
import { findOllama, usualFolders } from '#agent/ollama/run/find-ollama.js';
import { readOllamaVersion } from '#agent/ollama/run/read-ollama-version.js';

describe('findOllama', () => {
  let folder: string;
  // The programs of these tests are scripts of a shell.
  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-find-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A program that says its version as Ollama does without a server. */
  const put = async (path: string, version: string) => {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(
      file,
      `#!/bin/sh\necho "Warning: could not connect to a running Ollama instance"\necho "Warning: client version is ${version}"\n`,
    );
    await chmod(file, 0o755);
    return file;
  };
  const find = (options: { configured?: string; path?: string[]; minimumVersion?: string } = {}) =>
    findOllama({
      configured: options.configured,
      installDir: join(folder, 'own'),
      minimumVersion: options.minimumVersion ?? '0.9.0',
      env: { PATH: (options.path ?? []).map((part) => join(folder, part)).join(':') },
      home: join(folder, 'home'),
      platform: 'linux',
      readVersion: (program) => (program.startsWith(folder) ? readOllamaVersion(program) : Promise.reject(new Error('not of this test'))),
    });

  it('prefers what the agent installed, the newest of it, over PATH', async () => {
    await put('path/ollama', '0.20.0');
    await put('own/0.9.6/bin/ollama', '0.9.6');
    const newest = await put('own/0.13.3/bin/ollama', '0.13.3');
    expect((await find({ path: ['path'] })).found).to.deep.equal({ program: newest, version: '0.13.3' });
  });
  it('looks on PATH, in its order, and then in the home folder', async () => {
    const inHome = await put('home/.local/bin/ollama', '0.11.4');
    expect((await find({ path: ['a', 'b'] })).found?.program).to.equal(inHome);
    const second = await put('b/ollama', '0.12.0');
    expect((await find({ path: ['a', 'b'] })).found?.program).to.equal(second);
    const first = await put('a/ollama', '0.11.0');
    expect((await find({ path: ['a', 'b'] })).found?.program).to.equal(first);
  });
  it('passes over one that is too old, and names the newest of those', async () => {
    await put('a/ollama', '0.1.30');
    const newer = await put('b/ollama', '0.5.0');
    expect(await find({ path: ['a', 'b'] })).to.deep.equal({ found: undefined, tooOld: { program: newer, version: '0.5.0' } });
  });
  it('takes no other than the configured one', async () => {
    await put('a/ollama', '0.13.0');
    expect((await find({ path: ['a'], configured: join(folder, 'nowhere') })).found).to.equal(undefined);
    const configured = await put('mine', '0.12.0');
    expect((await find({ path: ['a'], configured })).found?.program).to.equal(configured);
  });
  it('knows the folders of Windows and macOS', () => {
    expect(usualFolders('win32', { LOCALAPPDATA: 'C:\\L', ProgramFiles: 'D:\\P' }, 'C:\\home')).to.deep.equal([
      'C:\\L\\Programs\\Ollama',
      'D:\\P\\Ollama',
    ]);
    expect(usualFolders('darwin', {}, '/home/a')).to.include('/Applications/Ollama.app/Contents/Resources');
  });
});

describe('compareVersions', () => {
  it('goes by numbers, and puts a candidate before its release', () => {
    const versions = ['0.12.0', '0.9.10', 'v0.10.0', '0.12.0-rc1', '0.12.0-rc0', '1.0'];
    expect(versions.sort(compareVersions)).to.deep.equal(['0.9.10', 'v0.10.0', '0.12.0-rc0', '0.12.0-rc1', '0.12.0', '1.0']);
  });
});
