/** Columns of a trace of arrivals, in the order in which it is written. `num_ctx`, `caller` and `session` may be empty. */
export const TRACE_COLUMNS = ['at_ms', 'model', 'num_ctx', 'caller', 'session', 'input_tokens', 'output_tokens'] as const;
