import { expect } from 'chai';
import { decidePause } from '#agent/owner/decide-pause.js';
import { describePause } from '#agent/owner/describe-pause.js';

const at = (day: number, hour: number) => new Date(2026, 5, day, hour).getTime();
const NOW = at(1, 12);
const OPEN = { isOpen: true, opensMs: undefined };
const QUIET = { schedule: OPEN, onBattery: false, gpuBusy: false };

describe('decidePause', () => {
  const closed = { isOpen: false, opensMs: at(1, 18) };
  const cases = [
    { what: 'nothing', choice: undefined, facts: {}, text: undefined },
    { what: 'the owner', choice: { choice: 'pause', untilMs: at(1, 18) }, facts: {}, text: 'paused by its owner until 18:00' },
    { what: 'the owner, without an end', choice: { choice: 'pause', untilMs: undefined }, facts: {}, text: 'paused by its owner' },
    { what: 'hours', choice: undefined, facts: { schedule: closed, onBattery: true }, text: 'paused by its schedule until 18:00' },
    { what: 'the battery', choice: undefined, facts: { onBattery: true, gpuBusy: true }, text: 'paused while it runs on battery' },
    { what: 'the card', choice: undefined, facts: { gpuBusy: true }, text: 'paused while another program uses its graphics card' },
    { what: 'hours, against the owner', choice: { choice: 'serve', untilMs: undefined }, facts: { schedule: closed }, text: undefined },
  ] as const;
  for (const { what, choice, facts, text } of cases)
    it(`says ${text ?? 'that it serves'} because of ${what}`, () => {
      const cause = decidePause(choice, { ...QUIET, ...facts });
      expect(cause && describePause(cause, NOW).text).to.equal(text);
    });
});

describe('describePause', () => {
  const until = (untilMs: number) => describePause({ by: 'owner', untilMs }, NOW);

  it('names the day where it is not today', () => {
    expect(until(at(2, 8))).to.deep.equal({
      by: 'owner',
      until: new Date(at(2, 8)).toISOString(),
      text: 'paused by its owner until Tue 08:00',
    });
    expect(until(at(20, 8)).text).to.equal('paused by its owner until 2026-06-20 08:00');
  });
});
