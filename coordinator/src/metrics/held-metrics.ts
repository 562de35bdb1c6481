import type { Metric, Registry } from 'prom-client';

/**
 * Counters and histograms whose children are held by whoever counts. prom-client itself looks a child up anew at each
 * count, by a string made of all labels: for the figures of one request that is more work than forwarding its answer. It
 * prints these as its own.
 */
export interface HeldMetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registry: Registry;
}

export interface HeldCounter {
  value: number;
}

export interface HeldHistogram {
  observe(value: number): void;
}

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName: string;
}

/** Makes a child for the given label values, in the order of the names. It is held by the caller and asked for once. */
export type MakeChild<Child> = (...labelValues: string[]) => Child;

export function createHeldCounter(options: HeldMetricOptions): MakeChild<HeldCounter> {
  const { name } = options;
  return register<HeldCounter>(
    options,
    'counter',
    () => ({ value: 0 }),
    ({ value }, labels) => [{ labels, value, metricName: name }],
  );
}

/** `bounds`: upper ends of the buckets, ascending. */
export function createHeldHistogram(options: HeldMetricOptions, bounds: readonly number[]): MakeChild<HeldHistogram> {
  const { name } = options;
  return register(
    options,
    'histogram',
    () => new Buckets(bounds),
    (child, labels) => child.samples(name, labels),
  );
}

/** Has prom-client print the children that are made. */
function register<Child>(
  { name, help, labelNames, registry }: HeldMetricOptions,
  type: 'counter' | 'histogram',
  make: () => Child,
  samplesOf: (child: Child, labels: Sample['labels']) => readonly Sample[],
): MakeChild<Child> {
  const children: { readonly child: Child; readonly labels: Sample['labels'] }[] = [];
  const get = async () => ({
    name,
    help,
    type,
    aggregator: 'sum',
    values: children.flatMap(({ child, labels }) => samplesOf(child, labels)),
  });
  // prom-client asks a metric for its name and for what get() resolves with, and for nothing else.
  registry.registerMetric({ name, get } as unknown as Metric);
  return (...values) => {
    const child = make();
    children.push({ child, labels: Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ''])) });
    return child;
  };
}

class Buckets implements HeldHistogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #count = 0;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#count += 1;
    this.#sum += value;
    let index = 0;
    while (index < this.#bounds.length && value > (this.#bounds[index] ?? 0)) index += 1;
    if (index < this.#counts.length) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  samples(name: string, labels: Sample['labels']): readonly Sample[] {
    let upTo = 0;
    const buckets = this.#bounds.map((le, index) => {
      upTo += this.#counts[index] ?? 0;
      return { labels: { le, ...labels }, value: upTo, metricName: `${name}_bucket` };
    });
    return [
      ...buckets,
      { labels: { le: '+Inf', ...labels }, value: this.#count, metricName: `${name}_bucket` },
      { labels, value: this.#sum, metricName: `${name}_sum` },
      { labels, value: this.#count, metricName: `${name}_count` },
    ];
  }
}
