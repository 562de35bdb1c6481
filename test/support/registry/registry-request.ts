/** One request as the registry saw it. */
export interface RegistryRequest {
  readonly method: string;
  readonly kind: 'manifest' | 'blob';
  /** The blob's digest, or `library/tiny:latest`. */
  readonly what: string;
  readonly range: string | undefined;
  status: number;
  /** Of the body, so far. */
  bytes: number;
  /** The answer is out, or broke off. */
  ended: boolean;
}
