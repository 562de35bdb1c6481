import { normalizeModelName, type TrendPeriod } from '@ollama-coordinator/common';
import { addRequest, type Figures, type FoldedRequest, noFigures } from './figures.js';

/** The whole fleet's field in a roll-up. */
export const FLEET_FIELD = 'fleet';
export const agentField = (id: string): string => `agent:${id}`;
export const modelField = (name: string): string => `model:${name}`;

export const PERIODS: readonly TrendPeriod[] = ['hour', 'day'];
const LENGTH_MS: Readonly<Record<TrendPeriod, number>> = { hour: 3_600_000, day: 86_400_000 };

/** When the period begins that holds the moment; milliseconds since 1970. */
export function periodStartMs(period: TrendPeriod, atMs: number): number {
  return Math.floor(atMs / LENGTH_MS[period]) * LENGTH_MS[period];
}

export function periodLengthMs(period: TrendPeriod): number {
  return LENGTH_MS[period];
}

/** Figures of several periods, by period, its start and what they are of. */
export class Sums {
  readonly #sums = new Map<string, Map<string, Figures>>();

  /** Has `add` add to what is kept of the moment, under each field. */
  at(atMs: number, fields: readonly string[], add: (figures: Figures) => void): void {
    for (const period of PERIODS) {
      const bucket = this.#bucket(`${period}:${periodStartMs(period, atMs)}`);
      for (const field of fields) {
        const figures = bucket.get(field) ?? noFigures();
        bucket.set(field, figures);
        add(figures);
      }
    }
  }

  buckets(): readonly { readonly period: TrendPeriod; readonly startMs: number; readonly fields: ReadonlyMap<string, Figures> }[] {
    return [...this.#sums].map(([name, fields]) => {
      const [period, start] = name.split(':');
      return { period: period as TrendPeriod, startMs: Number(start), fields };
    });
  }

  #bucket(name: string): Map<string, Figures> {
    const known = this.#sums.get(name) ?? new Map<string, Figures>();
    this.#sums.set(name, known);
    return known;
  }
}

/** Adds the request to the fleet, to its agent and to its model, in the periods in which it was received. */
export function foldRequest(sums: Sums, request: FoldedRequest): void {
  const atMs = Date.parse(request.received_at);
  if (Number.isNaN(atMs)) return;
  const { agent_id: agentId, model } = request;
  // A model that no agent served may be any text that somebody sent.
  const fields = agentId === undefined ? [FLEET_FIELD] : [FLEET_FIELD, agentField(agentId), modelField(normalizeModelName(model))];
  sums.at(atMs, fields, (figures) => addRequest(figures, request));
}
