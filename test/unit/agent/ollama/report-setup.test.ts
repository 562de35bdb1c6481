import { AppError, describeOllamaSetup, ollamaSetupSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { reportSetup } from '#agent/ollama/run/report-setup.js';

describe('reportSetup', () => {
  const progress = { what: 'Ollama 0.13.3', doneBytes: 537e6, totalBytes: 1.6e9, percent: 33.6, bytesPerS: 25_300_000.4, etaS: 42.02 };

  it('tells how far a download is, in the shape of the heartbeat, and the command line shows it', () => {
    const report = reportSetup({ phase: 'downloading', progress, problem: undefined });
    expect(ollamaSetupSchema.parse(report)).to.deep.equal({
      step: 'downloading',
      what: 'Ollama 0.13.3',
      done_bytes: 537e6,
      total_bytes: 1.6e9,
      bytes_per_s: 25_300_000,
      eta_s: 42,
    });
    expect(report && describeOllamaSetup(report)).to.equal('downloads Ollama: 33 %, 537 MB of 1.6 GB, 25.3 MB/s, 42 s left');
  });

  it('tells nothing where Ollama is there, or where nobody sets it up', () => {
    for (const phase of ['ready', 'looking'] as const)
      expect(reportSetup({ phase, progress: undefined, problem: undefined })).to.equal(undefined);
  });

  it('tells why it failed, on one line', () => {
    const problem = new AppError('BAD_CONFIG', { details: { problems: 'one\ntwo' } });
    const report = ollamaSetupSchema.parse(reportSetup({ phase: 'failed', progress: undefined, problem }));
    expect(report).to.deep.equal({ step: 'failed', problem: 'the configuration is not valid: one two' });
    expect(describeOllamaSetup(report)).to.equal('has no Ollama: the configuration is not valid: one two');
  });

  it('is read from a newer agent as well, whatever step that is at', () => {
    expect(ollamaSetupSchema.parse({ step: 'polishing', colour: 'blue' })).to.deep.equal({ step: 'looking' });
  });
});
