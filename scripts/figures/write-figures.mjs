import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';
import { readBenchmarks } from './read-benchmarks.mjs';
import { sentences } from './sentences.mjs';

const FIGURE = '([\\d.,]*\\d)';

/**
 * The documents that repeat figures of docs/benchmarks.md, as path → text, with the figures as they are there. Throws where a document lacks
 * a sentence that is to have one.
 */
export function writeFigures({ read = readRepository } = {}) {
  const byDocument = sentences(readBenchmarks(read('docs/benchmarks.md')));
  return new Map(Object.entries(byDocument).map(([path, renewals]) => [path, renew(path, read(path), renewals)]));
}

function renew(path, text, renewals) {
  return renewals.reduce((renewed, [sentence, ...figures]) => {
    const pattern = new RegExp(sentence.split('#').map(literally).join(FIGURE));
    if (!pattern.test(renewed))
      throw new Error(`${path} has no sentence "${sentence}". Put it back, or change scripts/figures/sentences.mjs.`);
    let next = 0;
    const written = sentence.replaceAll('#', () => figures[next++]);
    return renewed.replace(pattern, () => written);
  }, text);
}

function literally(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function readRepository(path) {
  return readFileSync(join(ROOT, path), 'utf8');
}
