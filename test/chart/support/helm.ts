import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { REPOSITORY } from '../../support/repository.js';

const run = promisify(execFile);
export const CHART = join(REPOSITORY, 'helm', 'ollama-coordinator');
/** The usual cases, as values files: names without their ending. */
export const CASES = readdirSync(join(CHART, 'ci')).map((file) => file.replace('.yaml', ''));
export const KUBERNETES_VERSIONS = ['1.30', '1.31', '1.32', '1.33', '1.34'];
/** Where test/support/install/install-helm.sh leaves them. */
const SCHEMAS = join(process.env.TOOLS_BIN ?? '', '..', 'kubernetes-schemas');

/** A Kubernetes object, as far as these tests look into it. */
export interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec?: Record<string, unknown>;
  readonly data?: Record<string, string>;
}

export interface RenderOptions {
  /** A file of `ci`, or a path. */
  readonly values?: string;
  /** As `a.b=c`. */
  readonly set?: readonly string[];
  readonly kubernetes?: string;
  readonly chart?: string;
}

/** What `helm template` prints. Rejects with what helm says. */
export async function render({ values, set = [], kubernetes = '1.34', chart = CHART }: RenderOptions = {}): Promise<string> {
  const file = values === undefined ? [] : ['--values', values.includes('/') ? values : join(CHART, 'ci', `${values}.yaml`)];
  const sets = set.flatMap((one) => ['--set', one]);
  const { stdout } = await helm('template', 'fleet', chart, '--kube-version', `${kubernetes}.0`, ...file, ...sets);
  return stdout;
}

export async function resources(options?: RenderOptions): Promise<readonly Resource[]> {
  return parseAllDocuments(await render(options)).flatMap((document) => (document.contents === null ? [] : [document.toJS() as Resource]));
}

/** What helm complains about when the chart is rendered with these values; empty where it does not. */
export async function complaint(set: readonly string[]): Promise<string> {
  try {
    await render({ set });
    return '';
  } catch (failure) {
    return String((failure as { stderr?: string }).stderr ?? failure);
  }
}

export function helm(...args: string[]) {
  return run('helm', args, { maxBuffer: 64 * 1024 * 1024 });
}

/** What kubeconform finds wrong with the resources, under strict schemas of that Kubernetes version. */
export async function findInvalid(rendered: string, kubernetes: string): Promise<readonly { readonly status: string }[]> {
  const location = `${join(SCHEMAS, kubernetes)}/{{.ResourceKind}}{{.KindSuffix}}.json`;
  const checking = run('kubeconform', ['-strict', '-output', 'json', '-schema-location', location, '-']);
  checking.child.stdin?.end(rendered);
  const { stdout } = await checking.catch((failure: { stdout: string }) => failure);
  return (JSON.parse(stdout) as { resources: { status: string }[] }).resources;
}

/** The pods that a resource makes. */
export function podOf(resource: Resource): PodSpec | undefined {
  return (resource.spec?.template as { spec: PodSpec } | undefined)?.spec;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly securityContext?: Record<string, unknown>;
  readonly resources?: unknown;
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: { readonly runAsNonRoot?: boolean; readonly seccompProfile?: { readonly type: string } };
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}
