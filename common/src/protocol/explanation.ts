import { z } from 'zod';
import { operationSchema } from './request.js';

/** Of an agent in an explanation. */
const namedAgentSchema = z.object({ agent_id: z.string(), agent_name: z.string() });

/** Who may have the request, and what it would cost there. Seconds, multiplied by the balancer's weight. */
export const explainedCandidateSchema = namedAgentSchema.extend({
  cost_s: z.number(),
  /** Whether a slot is free; if not, the request would wait in line for it. */
  free: z.boolean(),
  /** Requests that must end there before this one can begin. */
  requests_ahead: z.number().int(),
  chosen: z.boolean(),
  /** They add up to `cost_s`; none where no balancer of the profile gives costs. */
  parts: z.array(z.object({ balancer: z.string(), name: z.string(), seconds: z.number() })),
  /** What else is to be known, such as that it takes part in some decisions only. */
  note: z.string().optional(),
});
export type ExplainedCandidate = z.infer<typeof explainedCandidateSchema>;

/** Who may not have it: why, and what a person can do about it. */
export const rejectedAgentSchema = namedAgentSchema.extend({ reason: z.string(), fix: z.string() });
export type RejectedAgent = z.infer<typeof rejectedAgentSchema>;

/** Answer of `/api/coordinator/explain`: where a request would go at this moment, and why. */
export const explanationSchema = z.object({
  request: z.object({
    model: z.string(),
    /** The runner that it needs. */
    signature: z.string(),
    operation: operationSchema,
    caller: z.string(),
    session: z.string().optional(),
    pin: z.string().optional(),
    prompt_tokens: z.number(),
    output_tokens: z.number(),
    /** What was decided about it before an agent was chosen: which model an alias stands for, which option was raised. */
    notes: z.array(z.string()).optional(),
  }),
  /** The profile, in its order. `state`: what a balancer keeps from feedback, as it shows it. */
  balancers: z.array(
    z.object({ name: z.string(), weight: z.number(), chooses: z.boolean(), state: z.unknown().optional(), problem: z.string().optional() }),
  ),
  choice: z.object({
    agent_id: z.string().optional(),
    agent_name: z.string().optional(),
    /** It would wait for the next slot there. */
    waits: z.boolean(),
    why: z.string(),
    /** Of the error that the request would get, where no agent may have it. */
    error_code: z.string().optional(),
  }),
  /** The cheapest first. */
  candidates: z.array(explainedCandidateSchema),
  rejected: z.array(rejectedAgentSchema),
});
export type Explanation = z.infer<typeof explanationSchema>;

const tokens = z.coerce.number().int().min(1).max(10_000_000);

/** What a request to be explained says of itself: body of the POST; the GET has the load options beside the others. */
export const explainRequestSchema = z.strictObject({
  model: z.string().min(1).max(256),
  options: z.record(z.string(), z.unknown()).default({}),
  operation: operationSchema.default('chat'),
  pin: z.string().min(1).max(256).optional(),
  caller: z.string().min(1).max(256).optional(),
  session: z.string().min(1).max(256).optional(),
  priority: z.enum(['interactive', 'batch']).default('interactive'),
  prompt_tokens: tokens.default(100),
  /** Default: what is learned of the caller and the model. */
  output_tokens: tokens.optional(),
});
export type ExplainRequest = z.infer<typeof explainRequestSchema>;
