import { isIP } from 'node:net';

/** IPv6 addresses that stand for an IPv4 one, which is what is reached: their first groups, and where the IPv4 address begins. */
const EMBEDDED: readonly (readonly [prefix: readonly number[], group: number])[] = [
  [[0, 0, 0, 0, 0, 0xffff], 6],
  [[0, 0, 0, 0, 0xffff, 0], 6],
  [[0x64, 0xff9b, 0, 0, 0, 0], 6],
  [[0, 0, 0, 0, 0, 0], 6],
  [[0x2002], 1],
];

/** An IP address in its plainest form: IPv4 where an IPv6 address only wraps one, no zone. What is no IP address stays as it is. */
export function plainAddress(address: string): string {
  const [plain = ''] = address.replace(/^\[|\]$/g, '').split('%');
  if (isIP(plain) !== 6) return plain;
  const groups = groupsOf(plain);
  const found = EMBEDDED.find(([prefix]) => prefix.every((value, index) => groups[index] === value));
  const [high = 0, low = 0] = found ? groups.slice(found[1], found[1] + 2) : [];
  // `::` and `::1` begin like an IPv4 address that is wrapped, and are none.
  if (!found || (found[1] === 6 && found[0].every((value) => value === 0) && high === 0 && low <= 1)) return plain;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Eight numbers. */
function groupsOf(address: string): number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_text, a, b, c, d) => `${hexOf(a, b)}:${hexOf(c, d)}`);
  const [left = '', right] = hex.split('::');
  const parse = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [parse(left), parse(right ?? '')];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function hexOf(high: string, low: string): string {
  return ((Number(high) << 8) | Number(low)).toString(16);
}
