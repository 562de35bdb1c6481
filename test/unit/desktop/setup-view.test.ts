import type { SetupState } from '@ollama-coordinator/agent';
import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { setupMenuText, setupView } from '#desktop/view/setup-view.js';
import { REPORT } from './desktop-views.js';

const down = { ...REPORT, ollama: { up: false, version: '', models: 0, reason: 'no' } };
const progress = {
  what: 'Ollama 0.13.3',
  doneBytes: 537_000_000,
  totalBytes: 1_600_000_000,
  percent: 33.6,
  bytesPerS: 25_000_000,
  etaS: 42.5,
};
const state = (changes: Partial<SetupState>): SetupState => ({ phase: 'looking', progress: undefined, problem: undefined, ...changes });
const failed = new AppError('OLLAMA_NOT_INSTALLED');

describe('setupView', () => {
  const nothing: readonly (readonly [string, Parameters<typeof setupView>[0]])[] = [
    ['an Ollama that is not the agent’s to look after', { report: down, setup: undefined }],
    ['one that answers, and is looked at', { report: REPORT, setup: state({}) }],
    ['one that was brought', { report: REPORT, setup: state({ phase: 'ready' }) }],
  ];
  for (const [what, facts] of nothing) it(`shows nothing for ${what}`, () => expect(setupView(facts, 'en')).to.equal(undefined));

  const steps: readonly (readonly [SetupState['phase'], string])[] = [
    ['looking', 'Looking for Ollama'],
    ['downloading', 'Downloading Ollama'],
    ['verifying', 'Verifying what was downloaded'],
    ['unpacking', 'Unpacking Ollama'],
    ['starting', 'Starting Ollama'],
    ['pulling', 'Pulling a first model'],
  ];
  for (const [phase, step] of steps)
    it(`says what is done: ${phase}`, () => {
      expect(setupView({ report: down, setup: state({ phase }) }, 'en')).to.include({ phase, step, figures: undefined });
      expect(setupView({ report: down, setup: state({ phase }) }, 'ja')?.step).to.match(/[぀-ヿ一-鿿]/);
    });

  const figures: readonly (readonly [string, Partial<typeof progress> | object, string])[] = [
    ['all of it', {}, 'Ollama 0.13.3: 33 %, 537 MB of 1.6 GB, 25.0 MB/s, 43 s left'],
    ['minutes', { etaS: 600 }, 'Ollama 0.13.3: 33 %, 537 MB of 1.6 GB, 25.0 MB/s, 10 min left'],
    ['hours', { etaS: 7200 }, 'Ollama 0.13.3: 33 %, 537 MB of 1.6 GB, 25.0 MB/s, 2.0 h left'],
    ['a size that is not known', { totalBytes: undefined, percent: undefined, etaS: undefined }, 'Ollama 0.13.3: 537 MB, 25.0 MB/s'],
    ['a speed that is not known', { bytesPerS: 0, etaS: undefined }, 'Ollama 0.13.3: 33 %, 537 MB of 1.6 GB'],
  ];
  for (const [what, changes, text] of figures)
    it(`says how far it is: ${what}`, () => {
      const setup = state({ phase: 'downloading', progress: { ...progress, ...changes } });
      expect(setupView({ report: down, setup }, 'en')?.figures).to.equal(text);
    });

  it('says what went wrong, also where Ollama runs and only its first model is missing', () => {
    expect(setupView({ report: down, setup: state({ phase: 'failed', problem: failed }) }, 'en')).to.include({
      step: 'Ollama could not be set up',
      problem: failed.message,
    });
    expect(setupView({ report: REPORT, setup: state({ phase: 'ready', problem: failed }) }, 'en')).to.include({
      step: 'No first model could be pulled',
      problem: failed.message,
    });
  });
});

describe('setupMenuText', () => {
  it('changes with tens of percent only', () => {
    const view = (percent: number) =>
      setupView({ report: down, setup: state({ phase: 'downloading', progress: { ...progress, percent } }) }, 'en');
    const texts = [30.1, 35, 39.9, 40].map((percent) => {
      const shown = view(percent);
      return shown && setupMenuText(shown);
    });
    expect(texts).to.deep.equal([
      'Downloading Ollama: 30 %',
      'Downloading Ollama: 30 %',
      'Downloading Ollama: 30 %',
      'Downloading Ollama: 40 %',
    ]);
  });
});
