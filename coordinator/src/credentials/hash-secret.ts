import { hash } from 'node:crypto';

/**
 * What is stored of a secret. One round of SHA-256 without salt is enough for keys and tokens that are made here: they carry 144 bits
 * of chance or more, so there is no list to try and no second person with the same one.
 */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}
