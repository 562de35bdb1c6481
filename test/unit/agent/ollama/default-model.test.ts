import { expect } from 'chai';
import { defaultModel } from '#agent/ollama/run/default-model.js';

const GIB = 1024 ** 3;

describe('defaultModel', () => {
  const rows: [memoryGib: number, vramGib: number | undefined, diskGib: number | undefined, model: string | undefined][] = [
    [64, 80, 500, 'gpt-oss:120b'],
    [64, 24, 500, 'qwen3:32b'],
    [32, 16, 500, 'gpt-oss:20b'],
    [32, 8, 500, 'qwen3:8b'],
    [64, undefined, 500, 'llama3.2:3b'],
    [4, undefined, 500, 'qwen3:0.6b'],
    [2, undefined, 500, undefined],
    [64, 24, 20, 'qwen3:8b'],
    [64, 24, 1, undefined],
    [64, 24, undefined, 'qwen3:32b'],
  ];
  for (const [memory, vram, disk, model] of rows)
    it(`${memory} GiB of memory, ${vram ?? 'no'} of VRAM, ${disk ?? 'unknown'} of disk: ${model ?? 'none'}`, () => {
      const scale = (gib: number | undefined) => (gib === undefined ? undefined : gib * GIB);
      expect(defaultModel({ memoryBytes: memory * GIB, vramBytes: scale(vram), diskFreeBytes: scale(disk) })).to.equal(model);
    });
});
