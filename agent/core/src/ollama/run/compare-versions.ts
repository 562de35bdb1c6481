/** As Array.sort wants it: negative where `a` is older. Versions as `0.11.4` or `0.12.0-rc1`, which is older than `0.12.0`. */
export function compareVersions(a: string, b: string): number {
  const [numbersA, suffixA] = parse(a);
  const [numbersB, suffixB] = parse(b);
  for (let index = 0; index < Math.max(numbersA.length, numbersB.length); index += 1) {
    const difference = (numbersA[index] ?? 0) - (numbersB[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (suffixA === suffixB) return 0;
  if (suffixA === '' || suffixB === '') return suffixA === '' ? 1 : -1;
  return suffixA < suffixB ? -1 : 1;
}

function parse(version: string): [numbers: number[], suffix: string] {
  const [, numbers = '', suffix = ''] = /^v?([\d.]*)(.*)$/.exec(version) ?? [];
  return [numbers.split('.').map(Number), suffix];
}
