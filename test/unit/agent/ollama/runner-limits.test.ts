import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readOllamaEnvironment } from '#agent/ollama/read-ollama-environment.js';
import { readRunnerLimits } from '#agent/ollama/runner-limits.js';

describe('readRunnerLimits', () => {
  const nobody = 'http://127.0.0.1:9';
  const rows = [
    { name: 'assumes one request at a time', ollamaUrl: nobody, env: {}, expected: { slots: 1, maxRunners: undefined } },
    {
      name: "takes this program's environment for an Ollama of this machine",
      ollamaUrl: nobody,
      env: { OLLAMA_NUM_PARALLEL: '4', OLLAMA_MAX_LOADED_MODELS: '2' },
      expected: { slots: 4, maxRunners: 2 },
    },
    {
      name: 'does not for one on another machine',
      ollamaUrl: 'http://192.0.2.1:11434',
      env: { OLLAMA_NUM_PARALLEL: '4' },
      expected: { slots: 1, maxRunners: undefined },
    },
    {
      name: 'passes over what is no number, and 0, which leaves it to Ollama',
      ollamaUrl: nobody,
      env: { OLLAMA_NUM_PARALLEL: 'many', OLLAMA_MAX_LOADED_MODELS: '0' },
      expected: { slots: 1, maxRunners: undefined },
    },
    {
      name: 'puts what was configured first',
      ollamaUrl: nobody,
      slots: 7,
      env: { OLLAMA_NUM_PARALLEL: '4' },
      expected: { slots: 7, maxRunners: undefined },
    },
  ];
  for (const { name, ollamaUrl, slots = 'auto' as const, env, expected } of rows) {
    it(name, async () => {
      expect(await readRunnerLimits({ ollamaUrl, slots }, env)).to.deep.equal(expected);
    });
  }
});

describe('readOllamaEnvironment', () => {
  it('finds the process that listens on the port, and its variables', async function () {
    // Links like those of /proc are not for everybody there.
    if (process.platform === 'win32') this.skip();
    const procDir = await mkdtemp(join(tmpdir(), 'oc-proc-'));
    const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
    const row = (port: string, state: string, inode: number) =>
      `   0: 0100007F:${port} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1\n`;
    await mkdir(join(procDir, 'net'));
    await writeFile(join(procDir, 'net', 'tcp'), head + row('2CAA', '01', 11) + row('2CAA', '0A', 12) + row('1F90', '0A', 13));
    for (const [pid, inode, environ] of [
      ['100', 13, 'OLLAMA_NUM_PARALLEL=9\0'],
      ['200', 12, 'PATH=/bin\0OLLAMA_NUM_PARALLEL=4\0'],
    ] as const) {
      await mkdir(join(procDir, pid, 'fd'), { recursive: true });
      await symlink(`socket:[${inode}]`, join(procDir, pid, 'fd', '3'));
      await writeFile(join(procDir, pid, 'environ'), environ);
    }
    expect(await readOllamaEnvironment(0x2caa, procDir)).to.deep.equal({ PATH: '/bin', OLLAMA_NUM_PARALLEL: '4' });
    expect(await readOllamaEnvironment(9, procDir)).to.equal(undefined);
    expect(await readOllamaEnvironment(0x2caa, join(procDir, 'none'))).to.equal(undefined);
    await rm(procDir, { recursive: true });
  });

  it('reads a real process on Linux', async function () {
    if (process.platform !== 'linux') this.skip();
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const environment = await readOllamaEnvironment((server.address() as AddressInfo).port);
    server.close();
    expect(environment).to.have.property('PATH', process.env.PATH);
  });
});
