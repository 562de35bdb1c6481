import { compilePatterns } from '@ollama-coordinator/common';
import { type AgentView, type Balancer, type CostPart, modelPattern, type RequestFacts } from '@ollama-coordinator/common/balancing';

/** Label → the values that will do. */
export type LabelSelector = Readonly<Record<string, readonly string[]>>;

/** What holds for the requests that it describes; a rule without models and callers describes all. */
export interface LabelRule {
  /** Names in which `*` stands for any characters. */
  readonly models?: readonly string[] | undefined;
  readonly callers?: readonly string[] | undefined;
  /** All of these labels, or never. */
  readonly require?: LabelSelector | undefined;
  /** None of these labels, or never. */
  readonly forbid?: LabelSelector | undefined;
  /** All of these labels, or `penaltyS`. */
  readonly prefer?: LabelSelector | undefined;
  readonly penaltyS: number;
}

interface ReadyRule {
  readonly describes: (request: RequestFacts) => boolean;
  readonly name: string;
  readonly costOn: (labels: AgentView['labels']) => number;
}

/** Costs by the labels of agents. Pure; what is remembered is which rules describe the last request. */
export function createLabelFilter(rules: readonly LabelRule[]): Pick<Balancer, 'cost' | 'explain'> {
  const ready = rules.map(readyRule);
  let last: { readonly request: RequestFacts; readonly rules: readonly ReadyRule[] } | undefined;
  const rulesFor = (request: RequestFacts) => {
    if (last?.request !== request) last = { request, rules: ready.filter(({ describes }) => describes(request)) };
    return last.rules;
  };
  return {
    cost(request, { labels }) {
      let cost = 0;
      for (const { costOn } of rulesFor(request)) cost += costOn(labels);
      return cost;
    },
    explain: (request, { labels }): readonly CostPart[] => rulesFor(request).map(({ name, costOn }) => ({ name, seconds: costOn(labels) })),
  };
}

function readyRule({ models, callers, require, forbid, prefer, penaltyS }: LabelRule, index: number): ReadyRule {
  const isModel = models ? modelPattern(models) : () => true;
  const isCaller = callers ? compilePatterns(callers) : () => true;
  const says = [
    ...(require ? [`requires ${describe(require)}`] : []),
    ...(forbid ? [`forbids ${describe(forbid)}`] : []),
    ...(prefer ? [`prefers ${describe(prefer)}`] : []),
  ];
  return {
    name: `rule ${index + 1} ${says.join(', ')}`,
    describes: ({ model, caller }) => isModel(model) && isCaller(caller),
    costOn(labels) {
      if (require && !hasAll(labels, require)) return Number.POSITIVE_INFINITY;
      if (forbid && hasAny(labels, forbid)) return Number.POSITIVE_INFINITY;
      return prefer && !hasAll(labels, prefer) ? penaltyS : 0;
    },
  };
}

function hasAll(labels: AgentView['labels'], selector: LabelSelector): boolean {
  return Object.entries(selector).every(([label, values]) => values.includes(labels[label] ?? ''));
}

function hasAny(labels: AgentView['labels'], selector: LabelSelector): boolean {
  return Object.entries(selector).some(([label, values]) => values.includes(labels[label] ?? ''));
}

/** `gpu=a100, room=lab|office`. */
function describe(selector: LabelSelector): string {
  return Object.entries(selector)
    .map(([label, values]) => `${label}=${values.join('|')}`)
    .join(', ');
}
