/** What every client asks, so that rows of the table are the same question. */
export const CHAT = { model: 'tiny', messages: [{ role: 'user' as const, content: 'hello k' }] };
export const GENERATE = { model: 'tiny', prompt: 'hello m' };
export const OPTIONS = { num_predict: 5, temperature: 0, seed: 1 };
export const INPUTS = ['one', 'two'];
/** Nobody has it. */
export const MISSING = 'no-such-model';
