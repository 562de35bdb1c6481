/** A model under such a name is on its way to its own one; see startLoopbackRegistry(). */
const TEMPORARY = /^127\.0\.0\.1:\d+\/[0-9a-f]{32}\/fleet-copy:latest$/;

export function isTemporaryModel(name: string): boolean {
  return TEMPORARY.test(name);
}
