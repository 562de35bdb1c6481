import { members, skipSpace } from './members.js';

/**
 * How many members the object has that a well-formed JSON text begins with. A name that comes twice counts twice: the parser's object
 * does not show that. What follows the object is not looked at.
 */
export function countMembers(body: Buffer): number {
  let count = 0;
  for (const _ of members(body, skipSpace(body, 0))) count += 1;
  return count;
}
