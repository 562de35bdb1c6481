import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { render } from '../chart/support/helm.js';
import { describeAttack } from './support/describe-attack.js';

interface Container {
  readonly name: string;
  readonly securityContext?: Record<string, unknown>;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}
interface Manifest {
  readonly kind: string;
  readonly spec?: {
    readonly template?: {
      readonly spec: Record<string, unknown> & {
        readonly containers: readonly Container[];
        readonly initContainers?: readonly Container[];
      };
    };
  };
}

describeAttack('chart', 'as rendered with its defaults', (seen) => {
  let manifests: readonly Manifest[];
  before(async function () {
    this.timeout(120_000);
    manifests = parseAllDocuments(await render())
      .map((document) => document.toJS() as Manifest)
      .filter((manifest) => manifest !== null);
  });

  it('pods run as nobody in particular, on a file system that they cannot write, without capabilities or a token', () => {
    const pods = manifests.flatMap(({ spec }) => (spec?.template ? [spec.template.spec] : []));
    expect(pods.length).to.be.at.least(1);
    for (const pod of pods) {
      const shared = pod.securityContext as Record<string, unknown> | undefined;
      expect(pod.automountServiceAccountToken).to.equal(false);
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod[field] ?? false, field).to.equal(false);
      for (const { name, securityContext: own = {}, env = [] } of [...pod.containers, ...(pod.initContainers ?? [])]) {
        expect(own.runAsNonRoot ?? shared?.runAsNonRoot, name).to.equal(true);
        expect(own.readOnlyRootFilesystem, name).to.equal(true);
        expect(own.allowPrivilegeEscalation, name).to.equal(false);
        expect(own.capabilities, name).to.deep.equal({ drop: ['ALL'] });
        expect(own.seccompProfile ?? shared?.seccompProfile, name).to.deep.equal({ type: 'RuntimeDefault' });
        const written = env.filter(
          ({ name: variable, value }) => /SECRET|TOKEN|PASSWORD|ADMIN_KEY/.test(variable) && value !== undefined && value !== '',
        );
        expect(
          written.map(({ name: variable }) => variable),
          'secrets by reference',
        ).to.deep.equal([]);
      }
    }
    for (const word of ['runAsNonRoot', 'read-only root', 'no capabilities', 'seccomp', 'no token', 'secrets by reference']) seen(word);
  });

  it('a NetworkPolicy is there', () => {
    expect(manifests.map(({ kind }) => kind)).to.include('NetworkPolicy');
    seen('NetworkPolicy');
  });
});
