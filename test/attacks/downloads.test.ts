import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { isAllowedRedirect } from '#agent/ollama/install/allowed-redirect.js';
import { checkSignature } from '#agent/ollama/install/check-signature.js';
import { ARCHIVE, createDownloadScene, type DownloadScene, failureOf } from '../support/download/download-scene.js';
import { makeHostileTar, makeHostileZip } from '../support/download/hostile-archive.js';
import { makeArchive, programText } from '../support/download/ollama-archive.js';
import { describeAttack } from './support/describe-attack.js';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
/** A program of the version that is asked for, with something else in it. */
const PROGRAM = { path: 'bin/ollama', body: programText('0.13.3') };
const evil = () => makeArchive([{ path: 'bin/ollama', text: `${programText('0.13.3')}# evil` }]);

describeAttack('downloads', 'an agent that downloads Ollama', (seen) => {
  let scene: DownloadScene;
  beforeEach(async () => {
    scene = await createDownloadScene();
  });
  afterEach(() => scene.close());

  const refused = async (code: string, options: Parameters<DownloadScene['download']>[0] = {}) => {
    const failure = await failureOf(scene.download(options));
    expect(failure.code, failure.message).to.equal(code);
    expect(failure.message).to.not.match(/no Ollama in it|does not run/);
    expect(readdirSync(scene.installDir).filter((name) => name !== 'downloads')).to.deep.equal([]);
    seen(String(code));
  };
  const serve = (archive: Buffer, name = ARCHIVE) => {
    scene.server.put(name, archive);
    scene.server.putChecksums();
  };

  it('another file under the name of the archive', async () => {
    scene.server.put(ARCHIVE, await evil());
    await refused('CHECKSUM_MISMATCH');
  });

  it('file and list of checksums swapped together, where the digest was pinned', async () => {
    const pinned = sha256(scene.archive);
    serve(await evil());
    await refused('CHECKSUM_MISMATCH', { verify: pinned });
  });

  it('a Windows program that Ollama did not sign', async () => {
    for (const answer of ['Valid|CN=Somebody, O=Evil Corp', 'HashMismatch|CN=Ollama Inc., O="Ollama Inc."', 'NotSigned|', '']) {
      const program = join(scene.installDir, 'ollama.exe');
      writeFileSync(program, 'x');
      const { code } = await failureOf(checkSignature(program, async () => ({ stdout: answer })));
      expect([code, existsSync(program)]).to.deep.equal(['BAD_SIGNATURE', false]);
      seen(String(code));
    }
  });

  describe('a redirect', () => {
    let canary: Server;
    let hits: string[];
    beforeEach(async () => {
      hits = [];
      canary = createServer((request, response) => {
        hits.push(request.url ?? '');
        response.end('got it');
      });
      await new Promise<void>((resolve) => canary.listen(0, '::', resolve));
    });
    afterEach(() => new Promise((resolve) => canary.close(resolve)));

    it('to a host that no release lies on', async () => {
      for (const host of ['localhost', '[::1]', '127.0.0.2']) {
        const fresh = await createDownloadScene();
        fresh.server.redirect(ARCHIVE, `http://${host}:${(canary.address() as AddressInfo).port}/evil`);
        const { code } = await failureOf(fresh.download());
        expect(code, host).to.equal('REDIRECT_REFUSED');
        seen(String(code));
        await fresh.close();
      }
      expect(hits).to.deep.equal([]);
      seen('canary 0 hits');
    });

    it('without end', async () => {
      scene.server.redirect(ARCHIVE, `${scene.server.url}/${ARCHIVE}`);
      await refused('DOWNLOAD_FAILED');
    });

    for (const [from, to, isAllowed] of [
      ['https://github.com/ollama/ollama/releases/x', 'https://release-assets.githubusercontent.com/x', true],
      ['https://mirror.example/a', 'https://mirror.example/b', true],
      ['http://mirror.example/a', 'https://mirror.example/a', true],
      ['https://github.com/x', 'http://github.com/x', false],
      ['https://github.com/x', 'https://githubusercontent.com.evil.example/x', false],
      ['https://github.com/x', 'https://evilgithub.com/x', false],
      ['https://github.com/x', 'https://user:pass@github.com/x', false],
      ['https://mirror.example/a', 'https://github.com/evil/evil/releases/x', false],
      ['https://github.com/x', 'file:///etc/passwd', false],
    ] as const)
      it(`${isAllowed ? 'is followed' : 'is refused'}: ${from} → ${to}`, () => {
        expect(isAllowedRedirect(new URL(from), new URL(to))).to.equal(isAllowed);
        if (!isAllowed) seen('not followed');
      });
  });

  it('an older release under the name of a newer one', async () => {
    serve(await makeArchive([{ path: 'bin/ollama', text: programText('0.1.0') }]));
    await refused('BAD_ARCHIVE');
  });

  it('an older release as the latest one', async () => {
    await scene.download();
    serve(await makeArchive([{ path: 'bin/ollama', text: programText('0.1.0') }]));
    const { code, message } = await failureOf(scene.download({ version: 'latest' }));
    expect([code, /0\.13\.3 is installed already/.test(message)]).to.deep.equal(['BAD_ARCHIVE', true]);
    expect(readdirSync(scene.installDir).sort()).to.deep.equal(['0.13.3', 'downloads']);
    seen(String(code));
  });

  const OUTSIDE = '../escaped';
  const NAMES = [
    OUTSIDE,
    'bin/../../escaped',
    '/tmp/oc-escaped',
    'C:/escaped',
    'C:escaped',
    '..\\escaped',
    'bin\\..\\..\\escaped',
    'bin/ollama:stream',
    'CON',
    'lib/nul.txt',
    'lib/COM1.dll',
    'bin/ollama.',
    'bin/ollama ',
    'bin/a\u0000b',
  ];
  for (const name of NAMES.filter((path) => !path.includes('\u0000')))
    it(`a .tgz with the name ${JSON.stringify(name)}`, async () => {
      serve(await makeHostileTar([PROGRAM, { path: name, body: 'evil' }]));
      await refused('BAD_ARCHIVE');
      expect(existsSync(join(scene.installDir, OUTSIDE)), 'nothing outside').to.equal(false);
    });
  for (const name of NAMES)
    it(`a .zip with the name ${JSON.stringify(name)}`, async () => {
      serve(
        makeHostileZip([
          { ...PROGRAM, path: 'ollama.exe' },
          { path: name, body: 'evil' },
        ]),
        'ollama-windows-amd64.zip',
      );
      await refused('BAD_ARCHIVE', { platform: 'win32-x64' });
      expect(existsSync(join(scene.installDir, OUTSIDE)), 'nothing outside').to.equal(false);
    });

  for (const [what, entry] of [
    ['a symbolic link out of the folder', { path: 'lib/thing', type: 'SymbolicLink', linkpath: '../../../etc/passwd' }],
    ['an absolute symbolic link', { path: 'lib/thing', type: 'SymbolicLink', linkpath: '/etc/passwd' }],
    ['a hard link out of the folder', { path: 'lib/thing', type: 'Link', linkpath: '../secret' }],
    ['a device', { path: 'lib/thing', type: 'CharacterDevice' }],
    ['a pipe', { path: 'lib/thing', type: 'FIFO' }],
  ] as const)
    it(`a .tgz with ${what}`, async () => {
      serve(await makeHostileTar([PROGRAM, entry]));
      await refused('BAD_ARCHIVE');
    });

  it('a file through a link that came before it', async () => {
    serve(await makeHostileTar([PROGRAM, { path: 'lib', type: 'SymbolicLink', linkpath: '..' }, { path: 'lib/escaped', body: 'evil' }]));
    await refused('BAD_ARCHIVE');
    expect(existsSync(join(scene.installDir, 'escaped'))).to.equal(false);
  });

  it('another archive put in its place between verifying and unpacking', async () => {
    const other = await evil();
    const program = await scene.download({
      onPhase: (phase) => {
        if (phase !== 'unpacking') return;
        const [file = ''] = readdirSync(join(scene.installDir, 'downloads'));
        const path = join(scene.installDir, 'downloads', file);
        writeFileSync(`${path}.evil`, other);
        renameSync(`${path}.evil`, path);
      },
    });
    expect(readFileSync(program, 'utf8')).to.equal(programText('0.13.3'));
    seen('the verified bytes were unpacked');
  });

  it('somebody else of this machine changes the program before it runs', async function () {
    if (process.platform === 'win32') this.skip();
    const program = await scene.download();
    for (const path of [join(scene.installDir, 'downloads'), join(scene.installDir, '0.13.3')]) {
      expect((statSync(path).mode & 0o077).toString(8), path).to.equal('0');
      seen('folder 0700');
    }
    expect((statSync(program).mode & 0o022).toString(8)).to.equal('0');
  });
});
