import type { Fleet } from '../input/fleet.js';
import { promptMarks } from './prompt-marks.js';
import { gaussian, seededBy } from './seeded-by.js';
import type { Work } from './sim-ollama.js';
import type { Truth } from './truth.js';

const NOTHING: Work = { inputTokens: 1, outputTokens: 1, factor: 1, prompt: '' };

/** What each request asks of a machine. Its factor belongs to the request, so that it is the same wherever it goes. */
export function workOfRequests({ arrivals }: Truth, { noise }: Fleet, seed: number): (requestId: string) => Work {
  const works = new Map(
    [...arrivals.values()].map((arrival, index) => {
      const { inputTokens, outputTokens } = arrival;
      const factor = Math.exp(noise.request * gaussian(seededBy(seed, 'request', arrival.id)));
      return [arrival.id, { inputTokens, outputTokens, factor, prompt: promptMarks(arrival, index) }];
    }),
  );
  return (id) => works.get(id) ?? NOTHING;
}
