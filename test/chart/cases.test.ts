import { expect } from 'chai';
import { CASES, CHART, findInvalid, helm, KUBERNETES_VERSIONS, render } from './support/helm.js';

describe('the chart in its usual cases', () => {
  it('passes helm lint', async () => {
    const { stdout } = await helm('lint', '--strict', '--kube-version', '1.34.0', CHART);
    expect(stdout).to.include('0 chart(s) failed');
  });

  for (const values of CASES) {
    it(`${values} is valid for Kubernetes ${KUBERNETES_VERSIONS.join(', ')}`, async () => {
      for (const kubernetes of KUBERNETES_VERSIONS) {
        const rendered = await render({ values, kubernetes });
        expect(rendered.match(/^kind: /gm), kubernetes).to.have.length.above(5);
        expect(await findInvalid(rendered, kubernetes), kubernetes).to.deep.equal([]);
      }
    });
  }

  it('would not be valid with a field that Kubernetes does not know', async () => {
    const rendered = (await render()).replace('replicas: 2', 'replicas: 2\n  replica: 3');
    expect(await findInvalid(rendered, '1.34')).to.have.lengthOf(1);
  });
});
