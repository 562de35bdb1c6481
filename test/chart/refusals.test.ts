import { expect } from 'chai';
import { complaint } from './support/helm.js';

/** Values that make no sense → what helm answers. */
const REFUSED: readonly (readonly [readonly string[], RegExp])[] = [
  [['replica=3'], /additional properties 'replica' not allowed/],
  [['replicas=0'], /replicas.*minimum/],
  [['redis.mode=sentinel'], /redis\/mode.*'bundled', 'external'/],
  [['config.balancr=x'], /additional properties 'balancr' not allowed/],
  [['config.queue_limit=many'], /queue_limit.*got string, want integer/],
  [['agents.config.slotz=2'], /additional properties 'slotz' not allowed/],
  [['config.port=8081'], /config\.port is set by this chart\. Leave it out of config/],
  [['agents.config.host=0.0.0.0'], /agents\.config\.host is set by this chart/],
  [['config.auth=off'], /config\.auth is off, but the coordinators listen to the whole cluster/],
  [['redis.mode=external'], /no Redis is named\. Set redis\.url, or redis\.existingSecret/],
  [['redis.mode=external', 'redis.url=redis://:secret@redis:6379'], /Put the whole URL into a Secret/],
  [['redis.mode=external', 'redis.url=redis://redis:6379', 'redis.existingSecret=one'], /Keep one of them/],
  [['redis.url=redis://redis:6379'], /Set redis\.mode to external/],
  [['ingress.enabled=true'], /ingress\.host is empty\. Set the host name/],
  [['autoscaling.enabled=true', 'autoscaling.minReplicas=5', 'autoscaling.maxReplicas=2'], /maxReplicas is below/],
];

describe('the chart refuses', () => {
  for (const [set, sentence] of REFUSED) {
    it(set.join(' '), async () => {
      expect(await complaint(set)).to.match(sentence);
    });
  }

  it('nothing where the values make sense', async () => {
    expect(await complaint(['replicas=3', 'config.queue_limit=50', 'redis.mode=external', 'redis.url=redis://redis:6379'])).to.equal('');
  });

  it('settings under the names that the programs themselves decide, and no others', async () => {
    for (const name of ['redis_url', 'advertise', 'data_dir', 'drain_timeout_ms', 'cluster_secret', 'admin_key', 'join_token', 'host']) {
      expect(await complaint([`config.${name}=x`]), name).to.match(/is set by this chart/);
    }
  });
});
