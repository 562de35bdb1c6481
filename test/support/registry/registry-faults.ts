import type { RegistryRequest } from './registry-request.js';

/** What goes wrong with one request. */
export type RegistryFault =
  | { readonly kind: 'status'; readonly status: number }
  /** One byte in the middle is another. */
  | { readonly kind: 'corrupt' }
  /** After so many bytes nothing more comes, and the connection stays. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'reset'; readonly afterBytes: number };

export interface RegistryFaultRule {
  /** Downloads of blobs (GET with a range), or manifests. */
  readonly on: 'manifest' | 'blob';
  /** Only this digest, or this `library/name:tag`. */
  readonly what?: string;
  /** How many requests it hits; unset: every one. */
  readonly times?: number;
  readonly fault: RegistryFault;
}

/** The faults to come. A request takes the first rule that matches it. */
export function createRegistryFaults() {
  let rules: { readonly rule: RegistryFaultRule; left: number }[] = [];
  return {
    add(rule: RegistryFaultRule): void {
      rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
    },
    clear(): void {
      rules = [];
    },
    take({ method, kind, what, range }: RegistryRequest): RegistryFault | undefined {
      if (kind === 'blob' && (method !== 'GET' || range === undefined)) return undefined;
      const hit = rules.find(({ rule }) => rule.on === kind && (rule.what ?? what) === what);
      if (hit === undefined) return undefined;
      hit.left -= 1;
      if (hit.left <= 0) rules = rules.filter((one) => one !== hit);
      return hit.rule.fault;
    },
  };
}
