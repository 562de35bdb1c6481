import { ACTIONS } from './japanese/actions.js';
import { FLEET } from './japanese/fleet.js';
import { PROBLEMS } from './japanese/problems.js';
import { REQUESTS } from './japanese/requests.js';
import { STATES } from './japanese/states.js';

/** The page's words: English → Japanese. A text that is not here does not compile in `t()`. */
export const JAPANESE = { ...STATES, ...FLEET, ...REQUESTS, ...ACTIONS, ...PROBLEMS } as const;

/** A text that has a translation. */
export type Words = keyof typeof JAPANESE;
