import { type AgentId, matchesTarget, type RequestFacts } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import type { Ejections } from '../ejection/ejections.js';
import { hasRoomBesidePinned } from '../room-beside-pinned.js';
import { hasOtherBuild, isAway, isEjected, isSuspect, lacksModel, lacksRoom, missesPin, type WhyNot } from './why-not.js';

/** The agents that the hard rules leave, and the others with everything that speaks against each. */
export interface SortedOut {
  readonly eligible: readonly AgentRecord[];
  readonly rejected: readonly { readonly agent: AgentRecord; readonly whyNot: readonly WhyNot[] }[];
  readonly notes: ReadonlyMap<AgentId, string>;
}

export interface SortOutRules {
  readonly pin: string | undefined;
  /** Those that have the build of the model which requests go to; undefined: all. */
  readonly among: ((agent: AgentRecord) => boolean) | undefined;
  readonly ejections: Ejections | undefined;
}

/** The rules of findCandidates and dropEjected, told in words. Changes nothing. */
export function sortOut(
  agents: readonly AgentRecord[],
  { model, signature }: Pick<RequestFacts, 'model' | 'signature'>,
  { pin, among, ejections }: SortOutRules,
): SortedOut {
  const against = (agent: AgentRecord): readonly WhyNot[] => [
    ...(agent.models.has(model) ? [] : [lacksModel(agent, model)]),
    ...(among === undefined || among(agent) || !agent.models.has(model) ? [] : [hasOtherBuild(agent, model)]),
    ...[isAway(agent)].filter((whyNot) => whyNot !== undefined),
    ...(hasRoomBesidePinned(agent, model) ? [] : [lacksRoom(agent)]),
    ...(pin === undefined || matchesTarget(agent, pin) ? [] : [missesPin(pin)]),
  ];
  const judged = agents.map((agent) => ({ agent, whyNot: against(agent) }));
  const able = judged.filter(({ whyNot }) => whyNot.length === 0).map(({ agent }) => agent);
  const wellHeard = able.filter(({ status }) => status !== 'suspect');
  const present = wellHeard.length > 0 ? wellHeard : able;
  const keptOut = present.flatMap((agent) => {
    const look = ejections?.look(agent.id, signature);
    return look?.isOut ? [{ agent, whyNot: [isEjected(look.outMs)] }] : [];
  });
  // Where most failed, that says more about the requests than about the agents: nobody is kept out.
  const ejected = 2 * keptOut.length > present.length ? [] : keptOut;
  const eligible = present.filter((agent) => !ejected.some((one) => one.agent === agent));
  return {
    eligible,
    rejected: [
      ...ejected,
      ...able.filter((agent) => !present.includes(agent)).map((agent) => ({ agent, whyNot: [isSuspect(agent)] })),
      ...judged.filter(({ whyNot }) => whyNot.length > 0),
    ],
    notes: notesOn(eligible, signature, ejections),
  };
}

function notesOn(agents: readonly AgentRecord[], signature: string, ejections: Ejections | undefined): ReadonlyMap<AgentId, string> {
  const notes = new Map<AgentId, string>();
  for (const { id, status } of agents) {
    const share = ejections?.look(id, signature).share ?? 1;
    if (share === 0) notes.set(id, 'failed lately, as most of them did, so that none is kept out');
    else if (share < 1) notes.set(id, `failed lately: takes part in ${Math.round(100 * share)} % of the decisions for now`);
    else if (status === 'suspect') notes.set(id, 'its watch is silent, and no other can serve');
  }
  return notes;
}
