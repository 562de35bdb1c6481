import type { Balancer, BalancerManifest } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';

const API = 1;
const HOOKS = ['cost', 'choose', 'explain', 'assigned', 'firstByte', 'settled', 'fleet', 'inspect', 'close'] as const;

const functionSchema = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'must be a function');

const manifestSchema = z.looseObject({
  api: z.literal(API),
  // It goes into a response header.
  name: z.string().regex(/^[!-~]{1,214}$/, 'must be the npm name of the package'),
  stability: z.enum(['stable', 'experimental']),
  needs: z.array(z.enum(['prefix', 'tokens', 'speed'])),
  mostCandidates: z.int().positive().optional(),
  options: z.custom(
    (value) => typeof (value as { safeParse?: unknown } | null)?.safeParse === 'function',
    'must be a schema with safeParse',
  ),
  create: functionSchema,
});

/** Returns the manifest, or what is wrong with it in words. */
export function checkManifest(value: unknown): BalancerManifest | string {
  if (typeof value !== 'object' || value === null) return 'its default export is not a balancer manifest';
  const { api } = value as { api?: unknown };
  if (api !== API)
    return `it is written for version ${JSON.stringify(api)} of the balancer contract, this coordinator speaks version ${API}`;
  const checked = manifestSchema.safeParse(value);
  return checked.success ? (value as BalancerManifest) : `its manifest is not valid: ${describeIssues(checked.error.issues)}`;
}

/** Returns the balancer, or what is wrong with it in words. */
export function checkBalancer(value: unknown): Balancer | string {
  if (typeof value !== 'object' || value === null) return 'create() returned no balancer';
  const hooks = value as Partial<Record<(typeof HOOKS)[number], unknown>>;
  const wrong = HOOKS.filter((hook) => hooks[hook] !== undefined && typeof hooks[hook] !== 'function');
  if (wrong.length > 0) return `create() returned a balancer whose ${wrong.join(', ')} is no function`;
  return hooks.cost || hooks.choose ? (value as Balancer) : 'create() returned a balancer with neither cost nor choose';
}

/** `avoidAt: too big; the whole: unknown option "avoidat"`; each below `prefix`, where one is given. */
export function describeIssues(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
  prefix?: string,
): string {
  return issues
    .map(({ path, message }) => {
      const names = prefix === undefined ? path.map(String) : [prefix, ...path.map(String)];
      return names.length > 0 ? `${names.join('.')}: ${message}` : message;
    })
    .join('; ');
}
