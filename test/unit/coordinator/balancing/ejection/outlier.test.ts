import { expect } from 'chai';
import {
  afterFailure,
  afterSuccess,
  FIRST_EJECTION_MS,
  FORGIVEN_MS,
  isSound,
  LONGEST_EJECTION_MS,
  type Outlier,
  phaseOf,
  SLOW_START_MS,
  SOUND,
  shareOf,
} from '#coordinator/balancing/ejection/outlier.js';

/** `f`: failure, `F`: grave one, `s`: success, a number: milliseconds that pass. */
function live(story: readonly (string | number)[]): { outlier: Outlier; nowMs: number } {
  let outlier = SOUND;
  let nowMs = 0;
  for (const step of story) {
    if (typeof step === 'number') nowMs += step;
    else for (const event of step) outlier = event === 's' ? afterSuccess(outlier, nowMs) : afterFailure(outlier, nowMs, event === 'F');
  }
  return { outlier, nowMs };
}

const RETURNED = ['fff', FIRST_EJECTION_MS, 's'];

describe('outlier', () => {
  const phases: readonly [string, readonly (string | number)[], string][] = [
    ['is in at first', [], 'in'],
    ['bears two failures', ['ff'], 'in'],
    ['goes out at the third in a row', ['fff'], 'out'],
    ['goes out at once over a grave one', ['F'], 'out'],
    ['begins to count again after a success', ['ffsff'], 'in'],
    ['goes out when half of ten fail', ['sfsfsffsff'], 'out'],
    ['bears fewer than half of ten', ['ssfsfsfsfs'], 'in'],
    ['bears a few failures among few attempts', ['sfsf'], 'in'],
    ['is on trial after the first ejection', ['fff', FIRST_EJECTION_MS], 'trial'],
    ['is out until then', ['fff', FIRST_EJECTION_MS - 1], 'out'],
    ['is not let in by a success that began before', ['fff', 10, 's'], 'out'],
    ['is not kept out longer by failures that began before', ['fff', 10, 'fff', FIRST_EJECTION_MS - 10], 'trial'],
    ['returns slowly after the trial', RETURNED, 'returning'],
    ['goes out at the first failure of its return', [...RETURNED, 'f'], 'out'],
    ['stays out twice as long the second time', ['fff', FIRST_EJECTION_MS, 'f', FIRST_EJECTION_MS], 'out'],
    ['and not longer', ['fff', FIRST_EJECTION_MS, 'f', 2 * FIRST_EJECTION_MS], 'trial'],
    ['is in after the slow start', [...RETURNED, SLOW_START_MS], 'in'],
    ['is forgiven after good behaviour', [...RETURNED, FORGIVEN_MS, 'fff', FIRST_EJECTION_MS], 'trial'],
    ['is not forgiven sooner', [...RETURNED, SLOW_START_MS, 'fff', FIRST_EJECTION_MS], 'out'],
  ];
  for (const [name, story, phase] of phases) {
    it(name, () => {
      const { outlier, nowMs } = live(story);
      expect(phaseOf(outlier, nowMs)).to.equal(phase);
    });
  }

  it('is never kept out for longer than a minute', () => {
    const { outlier, nowMs } = live(Array.from({ length: 40 }, () => ['F', LONGEST_EJECTION_MS]).flat());
    expect(phaseOf(outlier, nowMs)).to.equal('trial');
    const again = afterFailure(outlier, nowMs, true);
    expect((again.outUntilMs ?? 0) - nowMs).to.equal(LONGEST_EJECTION_MS);
  });

  it('gets a growing share of the requests while it returns', () => {
    const { outlier, nowMs } = live(RETURNED);
    const shares = [0, 1000, 5000, SLOW_START_MS].map((passedMs) => shareOf(outlier, nowMs + passedMs));
    expect(shares).to.deep.equal([0.1, 0.1, 0.5, 1]);
    expect(shareOf(live(['fff']).outlier, 0)).to.equal(0);
  });

  it('need not be remembered once nothing is held against it', () => {
    expect(isSound(live(['sss']).outlier, 0)).to.equal(true);
    expect(isSound(live(['sfs']).outlier, 0)).to.equal(false);
    const { outlier, nowMs } = live([...RETURNED, FORGIVEN_MS]);
    expect(isSound(outlier, nowMs)).to.equal(true);
    expect(isSound(outlier, nowMs - 1)).to.equal(false);
  });
});
