import { defineBalancer, ENOUGH_CANDIDATES } from '@ollama-coordinator/common/balancing';
import { choosePredictive } from './choose.js';
import { predictiveOptions } from './options.js';
import { PARTS, weigh } from './weigh.js';

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-predictive',
  stability: 'stable',
  needs: ['prefix', 'tokens', 'speed'],
  mostCandidates: ENOUGH_CANDIDATES,
  options: predictiveOptions,
  create: (options) => {
    const parts = new Float64Array(PARTS.length);
    return {
      cost: (request, agent, at) => weigh(request, agent, at, options, parts),
      choose: (request, candidates, at) => choosePredictive(request, candidates, at, options),
      explain: (request, agent, at) => {
        weigh(request, agent, at, options, parts);
        return PARTS.map((name, place) => ({ name, seconds: parts[place] ?? 0 }));
      },
    };
  },
});
