import { expect } from 'chai';
import { describeReach, type ReachFacts } from '#agent/commands/describe-reach.js';

const FACTS: ReachFacts = {
  port: 11435,
  config: { host: '0.0.0.0', transport: 'auto', coordinatorUrl: 'http://10.0.0.1:8080' },
  platform: 'linux',
};
const text = (facts: Partial<ReachFacts>) => describeReach({ ...FACTS, ...facts }).join('\n');

describe('describeReach', () => {
  it('says little where all is well', () => {
    expect(text({ reached: 'direct' })).to.equal('the coordinator reaches this machine directly');
    expect(text({ reached: 'tunnel', config: { ...FACTS.config, host: '127.0.0.1' } })).to.match(
      /^this machine holds a tunnel .* nothing has to be opened here$/,
    );
  });

  const firewalls: readonly (readonly [NodeJS.Platform, RegExp])[] = [
    ['linux', /ufw allow 11435\/tcp/],
    ['win32', /Windows Security > Firewall/],
    ['darwin', /System Settings > Network > Firewall/],
  ];
  for (const [platform, how] of firewalls)
    it(`names the firewall of ${platform} where the coordinator cannot come in, and that it does no harm`, () =>
      expect(text({ reached: 'tunnel', platform }))
        .to.match(/a firewall here, or the network between.*\n.*no harm/)
        .and.to.match(how));

  it('says what may be in the way where nothing works', () => {
    expect(text({})).to.match(/neither at port 11435 nor through a tunnel.*WebSockets/);
  });

  it('tells whom to ask where it has to be approved', () => {
    expect(text({ waiting: true })).to.match(/administrator has to approve this machine/);
  });
});
