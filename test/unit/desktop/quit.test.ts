import { expect } from 'chai';
import type { App } from 'electron';
import { setupQuit } from '#desktop/quit.js';
import { FakeApp } from '../../support/fake-electron/fake-app.js';

describe('setupQuit', () => {
  for (const [how, stop] of [
    ['stopped', async () => undefined],
    ['failed to stop', () => Promise.reject(new Error('no'))],
  ] as const)
    it(`ends the program when the agent has ${how}, and stops it once`, async () => {
      const app = new FakeApp();
      let stops = 0;
      setupQuit(app as unknown as App, () => {
        stops += 1;
        return stop();
      });
      app.quit();
      app.quit();
      expect(app.isEnded).to.equal(false);
      await app.ended;
      expect(stops).to.equal(1);
    });
});
