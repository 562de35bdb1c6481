/** What goes wrong with one request. Token counts are of this request's answer. */
export type Fault =
  /** The connection is reset before any header. */
  | { readonly kind: 'refuse' }
  /** Nothing is ever answered. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'hang-after'; readonly tokens: number }
  | { readonly kind: 'reset-after'; readonly tokens: number }
  /** The runner process ends, for everyone in it. */
  | { readonly kind: 'die-after'; readonly tokens: number }
  | { readonly kind: 'busy' }
  | { readonly kind: 'load-failure' }
  /** Where the request needs a load, the load ends out of memory after its time. */
  | { readonly kind: 'oom' }
  /** The answer trickles, `bytes` at a time. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs?: number }
  /** The first token is this much longer. */
  | { readonly kind: 'huge-line'; readonly bytes: number }
  /** Content-Length promises more than comes, and the connection ends. Only for answers that are not streamed. */
  | { readonly kind: 'wrong-length'; readonly bytes: number }
  /** A pull finds no space left. */
  | { readonly kind: 'disk-full' };

export interface FaultRule {
  readonly match?: { readonly model?: string; readonly path?: string };
  /** How many requests it hits; unset: every one that matches. */
  readonly times?: number;
  readonly fault: Fault;
}

export type Faults = ReturnType<typeof createFaults>;

/** The faults to come. A request takes the first rule that matches it. */
export function createFaults() {
  let rules: { readonly rule: FaultRule; left: number }[] = [];

  return {
    add(rule: FaultRule): void {
      rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
    },
    clear(): void {
      rules = [];
    },
    take(request: { readonly model: string | undefined; readonly path: string }): Fault | undefined {
      const hit = rules.find(
        ({ rule: { match } }) => (match?.model ?? request.model) === request.model && (match?.path ?? request.path) === request.path,
      );
      if (hit === undefined) return undefined;
      hit.left -= 1;
      if (hit.left <= 0) rules = rules.filter((one) => one !== hit);
      return hit.rule.fault;
    },
  };
}

/** The fault in an `x-sim-fault` header: JSON as above, or `hang`, `die-after=3`, `drip=10`, `huge-line=1000000`. */
export function parseFault(header: string): Fault {
  if (header.startsWith('{')) return JSON.parse(header) as Fault;
  const [kind = '', amount = '1'] = header.split('=');
  const key = kind.endsWith('-after') ? 'tokens' : 'bytes';
  return { kind, [key]: Number(amount) } as unknown as Fault;
}
