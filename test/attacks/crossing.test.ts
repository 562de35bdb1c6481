import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import type { AttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';
import { sharedFleet } from './support/shared-fleet.js';

const isFull = process.env.ATTACKS_FULL !== undefined;
const REQUESTS = isFull ? 100_000 : 1500;
const AT_ONCE = 16;
/** The answer begins with the last letter of its prompt. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

describeAttack(
  'crossing',
  `${REQUESTS} requests, two thirds given up at a random moment, each with a letter that comes back`,
  function (seen) {
    if (isFull) this.timeout(3_600_000);
    let fleet: AttackedFleet;
    before(async () => {
      fleet = await sharedFleet();
    });

    it('nobody gets a word of somebody else’s answer', async () => {
      const { key } = await fleet.createKey();
      let [next, aborted, whole] = [0, 0, 0];
      const wrong: string[] = [];
      const caller = async () => {
        while (next < REQUESTS) {
          const number = next;
          next += 1;
          const letter = LETTERS.charAt(Math.floor(Math.random() * LETTERS.length));
          const leave = new AbortController();
          const isLeaving = number % 3 !== 0;
          const timer = isLeaving ? setTimeout(() => leave.abort(), Math.random() * 25) : undefined;
          const isStreamed = number % 2 === 0;
          let text = '';
          try {
            const answer = await fetch(`${fleet.url}/api/generate`, {
              method: 'POST',
              headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
              body: JSON.stringify({ model: 'tiny', prompt: `go ${letter}`, stream: isStreamed, options: { num_predict: 12 } }),
              signal: leave.signal,
            });
            const decoder = new TextDecoder();
            for await (const chunk of answer.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
            whole += 1;
          } catch {
            aborted += 1;
          }
          clearTimeout(timer);
          const echoes = text.match(/echo-[a-z0-9]/g) ?? [];
          if (echoes.some((echo) => echo !== `echo-${letter}`) || echoes.length > 1) wrong.push(`${letter} got ${echoes.join(' ')}`);
          if (!isLeaving && echoes.length !== 1) wrong.push(`${letter} got ${text.slice(0, 200)}`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, caller));
      expect(wrong).to.deep.equal([]);
      expect(aborted, 'given up').to.be.above(REQUESTS / 10);
      seen(`0 mismatches in ${REQUESTS} requests, ${aborted} given up, ${whole} whole`);
      await eventually(async () => (await fleet.listAgents()).every(({ in_flight: inFlight }) => inFlight === 0), { withinMs: 10_000 });
    });
  },
);
