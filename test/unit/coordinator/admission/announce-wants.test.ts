import type { WantsInput } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createAnnounceWants } from '#coordinator/admission/announce-wants.js';
import { createManualClock } from '../../../support/manual-clock.js';

function setUp() {
  const clock = createManualClock();
  const sent: [string, WantsInput][] = [];
  const { announce, granted } = createAnnounceWants(clock, (agentId, wants) => sent.push([agentId, wants]));
  const wanting = (lead: number, claims = true) =>
    new Map([['a', [{ signature: 'm', rank: 0, lead, sinceMs: clock.now() - 500, evict: ['n'], waiting: 1, claims }]]]);
  return { clock, sent, announce, granted, wanting };
}

describe('createAnnounceWants', () => {
  it('tells an agent what waits for it, once, and that nothing does any more, once', () => {
    const { sent, announce, wanting } = setUp();
    announce(wanting(3.4));
    announce(wanting(3.4));
    announce(new Map());
    announce(new Map());
    expect(sent).to.deep.equal([
      ['a', { wants: [{ signature: 'm', priority: 0, virtual_time: 3, waiting: 1, waited_ms: 500, evict: ['n'] }] }],
      ['a', { wants: [] }],
    ]);
  });

  it('tells the next want after a grant, though it reads as the one before', () => {
    const { sent, announce, granted, wanting } = setUp();
    announce(wanting(3));
    granted('a');
    announce(wanting(3));
    expect(sent).to.have.lengthOf(2);
  });

  it('says it again after a second, since the agent may have started afresh', () => {
    const { clock, sent, announce, wanting } = setUp();
    announce(wanting(3));
    clock.advance(1001);
    announce(wanting(3));
    expect(sent).to.have.lengthOf(2);
  });

  it('does not say how long a request waits where the agent shall not close a runner for it', () => {
    const { sent, announce, wanting } = setUp();
    announce(wanting(3, false));
    expect(sent[0]?.[1].wants[0]?.waited_ms).to.equal(0);
  });
});
