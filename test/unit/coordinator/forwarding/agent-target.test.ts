import { expect } from 'chai';
import { createAgentTargets } from '#coordinator/forwarding/agent-target.js';

describe('createAgentTargets', () => {
  it('takes an address apart, once', () => {
    const targetOf = createAgentTargets();
    const target = targetOf('http://10.0.0.7:11435');
    expect(target).to.deep.equal({ protocol: 'http:', hostname: '10.0.0.7', port: '11435', pathname: '/' });
    expect(targetOf('http://10.0.0.7:11435')).to.equal(target);
  });
  it('takes the brackets off an IPv6 address', () => {
    expect(createAgentTargets()('http://[fd00::7]:11435').hostname).to.equal('fd00::7');
  });
  it('forgets rather than grow for ever', () => {
    const targetOf = createAgentTargets();
    const first = targetOf('http://10.0.0.7:1');
    for (let port = 2; port <= 4097; port += 1) targetOf(`http://10.0.0.7:${port}`);
    const again = targetOf('http://10.0.0.7:1');
    expect(again).to.deep.equal(first);
    expect(again).to.not.equal(first);
  });
});
