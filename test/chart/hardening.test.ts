import { expect } from 'chai';
import { type Container, podOf, type Resource, resources } from './support/helm.js';

/** The container that must be root, to hand a folder of the node over; it is part of the DaemonSet only. */
const OWNS_FOLDER = 'own-models';

describe('the pods of the chart', () => {
  for (const values of ['default', 'gpu-nodes', 'model-volumes', 'plugin']) {
    describe(values, () => {
      let pods: (readonly [string, NonNullable<ReturnType<typeof podOf>>])[];
      let all: readonly Resource[];
      before(async () => {
        all = await resources({ values });
        pods = all.flatMap((resource) => {
          const pod = podOf(resource);
          return pod ? [[`${resource.kind} ${resource.metadata.name}`, pod] as const] : [];
        });
        expect(pods).to.have.length.above(1);
      });
      const containers = (): readonly Container[] => pods.flatMap(([, pod]) => [...pod.containers, ...(pod.initContainers ?? [])]);

      it('run without root, under the default seccomp profile, without a token for the API', () => {
        for (const [name, { securityContext, automountServiceAccountToken }] of pods) {
          expect(securityContext?.runAsNonRoot, name).to.equal(true);
          expect(securityContext?.seccompProfile?.type, name).to.equal('RuntimeDefault');
          expect(automountServiceAccountToken, name).to.equal(false);
        }
      });

      it('have containers without capabilities, on a read-only file system', () => {
        for (const { name, securityContext } of containers()) {
          const added = name === OWNS_FOLDER ? { add: ['CHOWN'] } : {};
          expect(securityContext?.capabilities, name).to.deep.equal({ drop: ['ALL'], ...added });
          expect(securityContext, name).to.include({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
          expect(securityContext?.runAsNonRoot, name).to.equal(name === OWNS_FOLDER ? false : undefined);
        }
      });

      it('take secrets by reference only', () => {
        const variables = containers().flatMap(({ env = [] }) => env);
        const secret = variables.filter(({ name }) => /SECRET|TOKEN|KEY|PASSWORD/.test(name));
        expect(secret).to.have.length.above(0);
        for (const { name, value, valueFrom } of secret) expect([value, valueFrom], name).to.have.nested.property('[1].secretKeyRef');
      });

      it('are each reached through a network policy only', () => {
        const policies = all.filter(({ kind }) => kind === 'NetworkPolicy');
        expect(policies.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component']).sort()).to.deep.equal(
          [...new Set(all.filter(podOf).map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component']))].sort(),
        );
        for (const { spec } of policies) expect(spec?.policyTypes).to.deep.equal(['Ingress', 'Egress']);
      });

      it('ask for no resources that nobody set', () => {
        const asked = containers().filter(({ resources: given }) => given !== undefined);
        expect(asked.map(({ name }) => name)).to.deep.equal({ 'gpu-nodes': ['ollama'], 'model-volumes': ['agent'] }[values] ?? []);
      });
    });
  }

  it('may take as long to leave as drainSeconds says, and the coordinator knows', async () => {
    const all = await resources({ set: ['drainSeconds=120'] });
    const deployment = all.find(({ kind }) => kind === 'Deployment');
    expect(deployment && podOf(deployment)?.terminationGracePeriodSeconds).to.equal(135);
    const config = all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'fleet-ollama-coordinator');
    expect(config?.data?.['coordinator.toml']).to.include('drain_timeout_ms = 120000');
  });
});
