import { type Balancer, type BalancerManifest, type Costed, defineBalancer } from '@ollama-coordinator/common/balancing';
import { balancerContractSuite } from '@ollama-coordinator/common/balancing/contract-suite';
import { expect } from 'chai';
import { z } from 'zod';

/** The checks of the suite for a balancer, without mocha. */
function checksOf(manifest: BalancerManifest, options: unknown = {}) {
  const checks: { name: string; body: () => void | Promise<void> }[] = [];
  balancerContractSuite(manifest, options, { describe: (_name, body) => body(), it: (name, body) => checks.push({ name, body }) });
  return checks;
}

/** The names of the checks that failed. */
async function failingChecks(manifest: BalancerManifest, options: unknown = {}): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, body } of checksOf(manifest, options)) {
    try {
      await body();
    } catch {
      failed.push(name);
    }
  }
  return failed;
}

function plugin(create: () => Balancer, over: Partial<BalancerManifest> = {}): BalancerManifest {
  const good = defineBalancer({ api: 1, name: 'bad-balancer', stability: 'experimental', needs: [], options: z.strictObject({}), create });
  return { ...good, ...over } as BalancerManifest;
}

const idle = { cost: () => 1 };
const first: Balancer = {
  choose: (_request, [one]) => (one ? { agent: one.agent.id, why: 'first' } : { reject: true, why: 'nobody is there' }),
};

function countingBalancer(undo: boolean): Balancer {
  const counts = new Map<string, number>();
  const add = (agent: string, by: number) => counts.set(agent, (counts.get(agent) ?? 0) + by);
  return {
    cost: (_request, agent) => counts.get(agent.id) ?? 0,
    assigned: ({ agent }) => void add(agent, 1),
    settled: ({ agent }) => void (undo && add(agent, -1)),
    fleet: (change) => void (change.type === 'agent-left' && counts.delete(change.agent)),
    inspect: () => Object.fromEntries(counts),
  };
}

function rememberingBalancer(): Balancer {
  const seen: string[] = [];
  return { ...first, assigned: ({ request }) => void seen.push(request.id), inspect: () => [...seen] };
}

let calls = 0;

const bad: Record<string, { manifest: BalancerManifest; fails: string }> = {
  'speaks another version of the contract': {
    manifest: plugin(() => idle, { api: 2 as 1 }),
    fails: 'has a manifest of contract version 1',
  },
  'accepts any option': { manifest: plugin(() => idle, { options: z.object({}) }), fails: 'refuses a misspelt one' },
  'has neither cost nor choose': { manifest: plugin(() => ({})), fails: 'creates a balancer with cost or choose' },
  'throws at the second close': {
    manifest: plugin(() => {
      let closed = false;
      return {
        ...idle,
        close() {
          if (closed) throw new Error('closed');
          closed = true;
        },
      };
    }),
    fails: 'may be closed twice',
  },
  throws: {
    manifest: plugin(() => ({
      choose: () => {
        throw new Error('no');
      },
    })),
    fails: 'chooses one of 1 candidate',
  },
  'answers NaN where CPU load is unknown': {
    manifest: plugin(() => ({ cost: (_request, agent) => (agent.cpuLoad as number) * 2 })),
    fails: 'never answers a cost that is not a number',
  },
  'takes unknown CPU load for zero': {
    manifest: plugin(() => ({ cost: (_request, agent) => agent.cpuLoad ?? 0 })),
    fails: 'does not take an unknown figure for zero',
  },
  'chooses a stranger': {
    manifest: plugin(() => ({ choose: () => ({ agent: 'stranger', why: 'x' }) })),
    fails: 'chooses one of 1000 candidates',
  },
  'rejects without a reason': {
    manifest: plugin(() => ({
      choose: (request, [one], at) =>
        one?.agent.suspect ? { reject: true, why: '' } : (first.choose?.(request, one ? [one] : [], at) ?? { reject: true, why: '' }),
    })),
    fails: 'says why it rejects',
  },
  'sorts the candidates in place': {
    manifest: plugin(() => ({
      choose(_request, candidates) {
        const [one] = (candidates as unknown as { agent: { id: string } }[]).sort((a, b) => (a.agent.id < b.agent.id ? 1 : -1));
        return { agent: one?.agent.id ?? '', why: 'last' };
      },
    })),
    fails: 'leaves what it is given untouched',
  },
  'marks agents': {
    manifest: plugin(() => ({
      cost: (_request, agent) => {
        (agent as unknown as { seen: boolean }).seen = true;
        return 1;
      },
    })),
    fails: 'leaves what it is given untouched',
  },
  'counts in choose': {
    manifest: plugin(() => {
      let turn = 0;
      return {
        choose(_request, candidates) {
          turn += 1;
          return { agent: candidates[turn % candidates.length]?.agent.id ?? '', why: 'turn' };
        },
        inspect: () => turn,
      };
    }),
    fails: 'does not change its state by deciding',
  },
  'rolls its own dice': {
    manifest: plugin(() => ({
      choose(_request, candidates) {
        calls += 1;
        return { agent: candidates[calls % candidates.length]?.agent.id ?? '', why: 'dice' };
      },
    })),
    fails: 'repeats itself',
  },
  'throws where there is no candidate': {
    manifest: plugin(() => ({ choose: (_request, candidates) => ({ agent: candidates[0]!.agent.id, why: 'first' }) })),
    fails: 'rejects where there is no candidate',
  },
  'chooses nobody of nobody': {
    manifest: plugin(() => ({ choose: (_request, [one]) => ({ agent: one?.agent.id ?? '', why: 'first' }) })),
    fails: 'rejects where there is no candidate',
  },
  'answers a choice later': {
    manifest: plugin(() => ({ choose: (async () => ({ agent: 'a', why: 'x' })) as unknown as NonNullable<Balancer['choose']> })),
    fails: 'chooses one of 2 candidates',
  },
  'cannot do without figures': {
    manifest: plugin(() => ({
      choose(_request, [one]) {
        if (!one) return { reject: true, why: 'nobody is there' };
        return { agent: one.agent.cpuLoad === undefined ? 'nobody' : one.agent.id, why: 'it tells its load' };
      },
    })),
    fails: 'chooses among agents that report nothing of themselves',
  },
  'cannot do without a session': {
    manifest: plugin(() => ({ ...first, choose: (request, [one]) => ({ agent: request.session ? one!.agent.id : 'nobody', why: 'x' }) })),
    fails: 'places a request of which nothing but its model is known',
  },
  'takes unknown memory for none where the model must be loaded': {
    manifest: plugin(() => ({
      cost: ({ signature }, { runners, vramFreeBytes = 0 }) =>
        runners.some((one) => one.signature === signature) ? 0 : 1e10 - vramFreeBytes,
    })),
    fails: 'does not take an unknown figure for zero',
  },
  'keeps the list of candidates': {
    manifest: plugin(() => {
      let seen: readonly Costed[] = [];
      return {
        choose(request, candidates, at) {
          const avoided = seen[0]?.agent.id;
          return first.choose!(
            request,
            candidates.filter(({ agent }) => agent.id !== avoided),
            at,
          );
        },
        assigned({ candidates }) {
          seen = candidates;
        },
        inspect: () => null,
      };
    }),
    fails: 'keeps no list of candidates',
  },
  'drops what it assigned from the list': {
    manifest: plugin(() => ({ ...first, assigned: ({ candidates }) => void (candidates as Costed[]).shift(), inspect: () => null })),
    fails: 'leaves what it is given untouched',
  },
  'explains something else than its cost': {
    manifest: plugin(() => ({ ...idle, explain: () => [{ name: 'x', seconds: 3 }] })),
    fails: 'explains its cost',
  },
  'explains only what it does not refuse': {
    manifest: plugin(() => ({
      cost: (_request, { suspect }) => (suspect ? Number.POSITIVE_INFINITY : 1),
      explain: () => [{ name: 'x', seconds: 1 }],
    })),
    fails: 'explains its cost',
  },
  'explains its cost of before the feedback': {
    manifest: plugin(() => {
      let failures = 0;
      return {
        cost: () => 1 + failures,
        explain: () => [{ name: 'x', seconds: 1 }],
        settled({ outcome }) {
          if (outcome === 'failed') failures += 1;
        },
        inspect: () => failures,
      };
    }),
    fails: 'explains its cost',
  },
  'calls two parts by one name': {
    manifest: plugin(() => ({
      ...idle,
      explain: () => [
        { name: 'wait', seconds: 0.5 },
        { name: 'wait', seconds: 0.5 },
      ],
    })),
    fails: 'names each part once',
  },
  'has a part without a name': {
    manifest: plugin(() => ({ ...idle, explain: () => [{ name: ' ', seconds: 1 }] })),
    fails: 'names each part once',
  },
  'explains by what is no number': {
    manifest: plugin(() => ({ choose: first.choose!, explain: () => [{ name: 'wait', seconds: Number.NaN }] })),
    fails: 'names each part once',
  },
  'counts its explanations': {
    manifest: plugin(() => {
      let explained = 0;
      return {
        ...idle,
        explain() {
          explained += 1;
          return [{ name: 'x', seconds: 1 }];
        },
        inspect: () => explained,
      };
    }),
    fails: 'does not change its state by deciding or explaining',
  },
  'hears feedback later': {
    manifest: plugin(() => ({ ...first, settled: (async () => undefined) as unknown as () => void, inspect: () => null })),
    fails: 'answers feedback at once',
  },
  'shows a state that is no JSON': {
    manifest: plugin(() => ({ ...first, inspect: () => 1n as unknown as number })),
    fails: 'shows by inspect',
  },
  'forgets what settled': { manifest: plugin(() => countingBalancer(false)), fails: 'comes to rest' },
  'keeps every request': { manifest: plugin(rememberingBalancer), fails: 'does not grow' },
  'hides its state': { manifest: plugin(() => ({ ...first, assigned: () => undefined })), fails: 'shows by inspect' },
  'counts agents that are gone': { manifest: plugin(() => countingBalancer(true)), fails: 'forgets an agent that left' },
};

describe('balancerContractSuite', () => {
  for (const [name, { manifest, fails }] of Object.entries(bad)) {
    it(`catches a balancer that ${name}`, async () => {
      const failed = await failingChecks(manifest);
      expect(
        failed.some((check) => check.includes(fails)),
        `failed: ${failed.join(' | ') || 'none'}`,
      ).to.equal(true);
    });
  }
  it('has a bad balancer here for each of its rules', () => {
    const expected = Object.values(bad).map(({ fails }) => fails);
    const uncaught = checksOf(plugin(() => idle)).filter(({ name }) => !expected.some((part) => name.includes(part)));
    expect(uncaught.map(({ name }) => name)).to.deep.equal([]);
  });
  it('passes a balancer that does nothing wrong', async () => {
    expect(await failingChecks(plugin(() => idle))).to.deep.equal([]);
    expect(await failingChecks(plugin(() => first))).to.deep.equal([]);
  });
  it('says so when the options it is given are refused', async () => {
    expect(
      await failingChecks(
        plugin(() => idle),
        { unknown: 1 },
      ),
    ).to.have.length.greaterThan(10);
  });
});
