import { expect } from 'chai';
import { createDownloadScene, type DownloadScene } from '../../support/download/download-scene.js';

describe('progress of a download', () => {
  let scene: DownloadScene;
  beforeEach(async () => {
    scene = await createDownloadScene();
  });
  afterEach(() => scene.close());

  it('goes from 0 to 100 percent, with speed and time left', async () => {
    scene.server.setSpeed(100_000);
    await scene.download();
    const { told, archive } = scene;
    expect(told[0]).to.deep.include({ what: 'Ollama 0.13.3', doneBytes: 0, totalBytes: archive.length, percent: 0, bytesPerS: 0 });
    expect(told.at(-1)).to.deep.include({ doneBytes: archive.length, percent: 100, etaS: 0 });
    expect(told.length).to.be.within(4, 200);
    const done = told.map(({ doneBytes }) => doneBytes);
    expect(done).to.deep.equal([...done].sort((a, b) => a - b));
    const middle = told[Math.floor(told.length / 2)];
    expect(middle?.bytesPerS).to.be.within(2000, 200_000);
    expect(middle?.etaS).to.be.within(0.01, 100);
  });

  it('goes on from what was there already', async () => {
    scene.server.setSpeed(400_000);
    scene.server.fail({ kind: 'cut', afterBytes: 60_000 });
    await scene.download();
    const begins = scene.told.filter(({ bytesPerS }) => bytesPerS === 0).map(({ doneBytes }) => doneBytes);
    expect(begins.some((bytes) => bytes > 30_000 && bytes <= 60_000)).to.equal(true);
  });

  it('says what is done, in order', async () => {
    await scene.download();
    expect(scene.phases).to.deep.equal(['downloading', 'verifying', 'unpacking']);
  });
});
