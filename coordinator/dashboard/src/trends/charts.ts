import type { Trend } from '@ollama-coordinator/common';
import type { Words } from '../words/words.js';

export interface Line {
  readonly label: Words;
  /** A variable of theme.css. */
  readonly colour: string;
  /** Undefined where nothing was measured. */
  readonly value: (trend: Trend, about: About) => number | undefined;
}

export interface About {
  readonly periodMinutes: number;
  readonly agentCount: number;
}

export interface Chart {
  readonly title: Words;
  /** Empty for a count. */
  readonly unit: Words;
  readonly lines: readonly Line[];
}

/** What the page Trends draws. */
export const CHARTS: readonly Chart[] = [
  {
    title: 'Requests',
    unit: '',
    lines: [
      { label: 'completed', colour: '--good', value: ({ completed }) => completed },
      { label: 'failed', colour: '--bad', value: ({ failed }) => failed },
      { label: 'cancelled', colour: '--muted', value: ({ cancelled }) => cancelled },
      { label: 'rejected', colour: '--queue', value: ({ rejected }) => rejected },
    ],
  },
  {
    title: 'First byte',
    unit: 'ms',
    lines: [
      { label: 'p50', colour: '--accent', value: (trend) => trend.first_byte_p50_ms },
      { label: 'p90', colour: '--queue', value: (trend) => trend.first_byte_p90_ms },
      { label: 'p99', colour: '--bad', value: (trend) => trend.first_byte_p99_ms },
    ],
  },
  {
    title: 'Tokens',
    unit: 'tokens/s',
    lines: [
      { label: 'of one answer', colour: '--accent', value: (trend) => trend.tokens_per_s },
      { label: 'of all together', colour: '--good', value: (trend, { periodMinutes }) => trend.output_tokens / (periodMinutes * 60) },
    ],
  },
  {
    title: 'Failed, of all',
    unit: '%',
    lines: [
      { label: 'failed', colour: '--bad', value: ({ failed, requests }) => (requests === 0 ? undefined : (failed / requests) * 100) },
    ],
  },
  {
    title: 'Waited for a slot',
    unit: 'ms',
    lines: [{ label: 'mean', colour: '--queue', value: (trend) => trend.queue_mean_ms }],
  },
  {
    title: 'Model loads',
    unit: '',
    lines: [{ label: 'loads', colour: '--accent', value: ({ loads }) => loads }],
  },
  {
    title: 'Uptime of the agents',
    unit: '%',
    lines: [
      {
        label: 'online',
        colour: '--good',
        value: ({ online_minutes }, { periodMinutes, agentCount }) =>
          agentCount === 0 ? undefined : Math.min(100, (online_minutes / (periodMinutes * agentCount)) * 100),
      },
    ],
  },
];
