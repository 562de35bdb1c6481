import type { Bar } from '../support/bars.js';
import { JUDGED, type Ratios } from './ratios.js';

interface Aim {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  readonly read: (ratios: Ratios) => number;
  readonly holdsFor?: (ratios: Ratios) => boolean;
}

const AIMS: readonly Aim[] = [
  { name: "first token p50, of the informed reference's", limit: 1.3, unit: '×', read: ({ p50OfInformed }) => p50OfInformed },
  { name: "first token p99, of the informed reference's", limit: 1.3, unit: '×', read: ({ p99OfInformed }) => p99OfInformed },
  {
    name: "first token p50 where models exceed VRAM, of least-connections'",
    limit: 0.2,
    unit: '×',
    read: ({ p50OfLeastConnections }) => p50OfLeastConnections,
    holdsFor: ({ modelsExceedVram }) => modelsExceedVram,
  },
  { name: "total p50, of the best other plugin's", limit: 1.05, unit: '×', read: ({ totalOfBest }) => totalOfBest },
  { name: 'prediction error after 200 requests, median', limit: 20, unit: '%', read: ({ predictionError }) => predictionError * 100 },
];

/** Each bar with the worst trace and fleet that it holds for, which its note names. */
export function fleetBars(all: readonly Ratios[]): readonly Bar[] {
  return AIMS.flatMap(({ name, limit, unit, read, holdsFor = () => true }) => {
    const measured = all.filter((ratios) => holdsFor(ratios) && !Number.isNaN(read(ratios)));
    const worst = measured.toSorted((one, other) => read(other) - read(one))[0];
    if (!worst) return [];
    const met = measured.filter((ratios) => read(ratios) <= limit).length;
    const note = `worst: ${worst.trace}, ${worst.fleet}; met by ${met} of ${measured.length}`;
    return [{ name: `${JUDGED}: ${name}`, value: read(worst), limit, unit, note }];
  });
}
