import { createCellStore } from './cells.js';
import type { Expectations } from './expectations.js';
import { readExpectations } from './read-expectations.js';

/** What to expect before anything was learned. */
export const PRIOR_EXPECTATIONS: Expectations = readExpectations(createCellStore(), () => 0);
