import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type DownloadServer, startDownloadServer } from '../support/download/start-download-server.js';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/find-free-port.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const ARCHIVE_BYTES = 40_000_000;
const BYTES_PER_S = 100_000;

/** A machine without Ollama, of which the operator sees how it gets one. */
describe('the set-up of Ollama on the dashboard', function () {
  this.timeout(120_000);
  let browser: Browser;
  let fleet: Fleet;
  let releases: DownloadServer;
  before(async () => {
    [browser, fleet, releases] = await Promise.all([openBrowser(), startFleet(), startDownloadServer()]);
    for (const file of ['ollama-linux-amd64.tgz', 'ollama-linux-arm64.tgz', 'ollama-darwin.tgz'])
      releases.put(file, Buffer.alloc(ARCHIVE_BYTES));
    releases.putChecksums();
    releases.setSpeed(BYTES_PER_S);
    await fleet.addAgent({
      name: 'bare',
      ollama: `http://127.0.0.1:${await findFreePort()}`,
      env: {
        // Not the Ollama that other tests have: it was built without a version, and any minimum is fine with that.
        PATH: '/usr/bin:/bin',
        AGENT_OLLAMA_SETUP: 'install',
        AGENT_OLLAMA_VERSION: '99.0.0',
        AGENT_OLLAMA_MIN_VERSION: '99.0.0',
        AGENT_OLLAMA_DOWNLOAD_URL: releases.url,
      },
    });
  });
  after(async () => {
    await browser?.close();
    await fleet?.close();
    await releases?.close();
  });

  it('is in the list of agents, with bytes, speed and time', async () => {
    await eventually(async () => {
      const setup = (await fleet.listAgents())[0]?.ollama_setup;
      expect(setup).to.include({ step: 'downloading', what: 'Ollama 99.0.0', total_bytes: ARCHIVE_BYTES });
      expect(setup?.done_bytes).to.be.within(1, ARCHIVE_BYTES - 1);
      expect(setup?.bytes_per_s).to.be.above(0);
      expect(setup?.eta_s).to.be.above(0);
    });
  });

  it('is in the row of the agent, and moves', async () => {
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    await page.goto(`${fleet.url}/dashboard`);
    const note = page.locator('tr[data-agent]').getByText(/downloads Ollama · \d+ % · .* \/ 40 MB · .*\/s · .* left/);
    await note.waitFor();
    const before = await note.innerText();
    await eventually(async () => expect(await note.innerText()).not.to.equal(before));
  });

  it('is in the table of the command line', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [COORDINATOR, 'agents', '--url', fleet.url]);
    expect(stdout).to.match(/bare +downloads Ollama: \d+ %, .* of 40\.0 MB, .*\/s, \d+ (s|min) left/);
  });
});
