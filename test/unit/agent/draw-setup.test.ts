import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { describeProgress, drawSetup } from '#agent/draw-setup.js';

const MIB = 1024 * 1024;
const half = { what: 'Ollama 0.13.3', doneBytes: 50 * MIB, totalBytes: 100 * MIB, percent: 50, bytesPerS: 10 * MIB, etaS: 5 };

describe('drawSetup', () => {
  const start = (isTTY = false) => {
    const said: string[] = [];
    const written: string[] = [];
    const draw = drawSetup({ isTTY, write: (text) => written.push(text) }, (line) => said.push(line));
    return { said, written, draw };
  };

  it('says each phase that people wait for, once', () => {
    const { said, draw } = start();
    for (const phase of ['looking', 'downloading', 'downloading', 'starting', 'ready'] as const)
      draw({ phase, progress: undefined, problem: undefined });
    expect(said).to.deep.equal(['downloading Ollama', 'starting Ollama']);
  });

  it('says a failure once however often it is met, and again when all was well meanwhile', () => {
    const { said, draw } = start();
    const fail = () => {
      draw({ phase: 'looking', progress: undefined, problem: undefined });
      draw({ phase: 'failed', progress: undefined, problem: new AppError('OLLAMA_NOT_INSTALLED') });
    };
    fail();
    fail();
    expect(said).to.have.lengthOf(1);
    draw({ phase: 'ready', progress: undefined, problem: undefined });
    fail();
    expect(said).to.have.lengthOf(2);
  });

  it('moves a bar in a terminal, and writes a line each ten percent elsewhere', () => {
    const terminal = start(true);
    const file = start();
    for (const { draw } of [terminal, file])
      for (const percent of [1, 2, 11, 12, 35, 100]) draw({ phase: 'downloading', progress: { ...half, percent }, problem: undefined });
    expect(terminal.written).to.have.lengthOf(6);
    expect(file.written).to.deep.equal([]);
    expect(file.said).to.have.lengthOf(4);
  });
});

describe('describeProgress', () => {
  it('has the bar, the share, the bytes, the speed and the time left', () => {
    expect(describeProgress(half)).to.match(/^Ollama 0\.13\.3 \[#{12}-{12}\] {2}50 % {2}[\d.]+ MB of [\d.]+ MB, [\d.]+ MB\/s, 5 s left$/);
  });
  it('has the bytes alone where nobody knows how many there are', () => {
    expect(describeProgress({ ...half, totalBytes: undefined, percent: undefined, etaS: undefined })).to.match(
      /^Ollama 0\.13\.3 [\d.]+ MB, /,
    );
  });
});
