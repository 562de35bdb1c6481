import { textList, wholeNumber } from './leaf-schemas.js';
import { setting } from './setting.js';

/** How much one request may take, and where models may come from. */
export const boundSettings = {
  bodyLimitBytes: setting(wholeNumber(1024, 4_294_967_296).default(268_435_456), {
    env: 'COORDINATOR_BODY_LIMIT_BYTES',
    description: 'Largest request body.',
    unit: 'bytes',
  }),
  bodyMemoryBytes: setting(wholeNumber(1024, 1_099_511_627_776).default(1_073_741_824), {
    env: 'COORDINATOR_BODY_MEMORY_BYTES',
    description:
      'Most memory for the bodies of the requests that are waiting or being answered; a request that finds none is refused with 503.',
    unit: 'bytes',
  }),
  maxNumCtx: setting(wholeNumber(0, 1_000_000_000).default(1_048_576), {
    env: 'COORDINATOR_MAX_NUM_CTX',
    description: 'Largest num_ctx, in tokens, that a key without the scope operate may ask for; a larger one is lowered. 0: no bound.',
  }),
  maxNumPredict: setting(wholeNumber(0, 1_000_000_000).default(0), {
    env: 'COORDINATOR_MAX_NUM_PREDICT',
    description:
      'Longest answer that such a key may ask for, by num_predict or max_tokens; a longer or unbounded one is lowered. 0: no bound.',
  }),
  maxKeepAliveS: setting(wholeNumber(0, 31_536_000).default(86_400), {
    env: 'COORDINATOR_MAX_KEEP_ALIVE_S',
    description: 'Longest keep_alive that such a key may ask for; a longer one, and forever, is lowered. 0: no bound.',
    unit: 's',
  }),
  registries: setting(textList.default([]), {
    env: 'COORDINATOR_REGISTRIES',
    description: 'Registries that models may be pulled from and pushed to, as registry.ollama.ai, hf.co or *.lab.example. Unset: all.',
  }),
};
