import { randomBytes } from 'node:crypto';

const start = randomBytes(6).toString('hex');
let count = 0;

/** An id that no other request of this fleet has: a random start per process and a count. */
export function nextRequestId(): string {
  count += 1;
  return `${start}-${count.toString(36)}`;
}
