import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { REPOSITORY } from '../support/repository.js';
import { type ChartPromises, fixedParts, readPromises, versionOf } from './support/chart-promises.js';
import { CASES, CHART, findInvalid, KUBERNETES_VERSIONS, podOf, render, resources } from './support/helm.js';

const KEPT = join(REPOSITORY, 'test', 'fixtures', 'charts');
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
/** What each version promised that one may come from, the newest last. */
const earlier = readdirSync(KEPT)
  .map((file) => JSON.parse(read(KEPT, file)) as ChartPromises)
  .sort((one, other) => one.version.localeCompare(other.version, 'en', { numeric: true }));

describe('an upgrade of the chart', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oc-upgrade-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function copyChart(change: (chart: string) => void): string {
    const chart = join(folder, 'chart');
    cpSync(CHART, chart, { recursive: true });
    change(chart);
    return chart;
  }

  it('leads to a version above those that one comes from', () => {
    const newest = earlier.at(-1)?.version ?? '';
    const version = versionOf(read(CHART, 'Chart.yaml'));
    expect(version.localeCompare(newest, 'en', { numeric: true }), `${version} after ${newest}`).to.be.above(0);
  });

  for (const { version, defaults, accepts, cases } of earlier) {
    describe(`from ${version}`, () => {
      it('accepts every value that was accepted', async () => {
        const missing = accepts.filter((path) => !promises.accepts.includes(path));
        expect(missing).to.deep.equal([]);
      });

      for (const [name, { values, fixed }] of Object.entries(cases)) {
        const valuesFile = () => {
          const file = join(folder, `${name}.yaml`);
          writeFileSync(file, values);
          return file;
        };

        it(`${name}: renders what Kubernetes takes, and changes nothing that it lets nobody change`, async () => {
          const rendered = await render({ values: valuesFile() });
          for (const kubernetes of [KUBERNETES_VERSIONS[0] ?? '', KUBERNETES_VERSIONS.at(-1) ?? ''])
            expect(await findInvalid(rendered, kubernetes), kubernetes).to.deep.equal([]);
          expect(fixedParts(await resources({ values: valuesFile() }))).to.deep.include.members(fixed);
        });

        it(`${name}: renders with --reuse-values, which brings the earlier defaults along`, async () => {
          const chart = copyChart((copy) => writeFileSync(join(copy, 'values.yaml'), defaults));
          const kinds = (all: Awaited<ReturnType<typeof resources>>) => all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
          expect(kinds(await resources({ values: valuesFile(), chart }))).to.include.members(fixed.map(({ resource }) => resource));
        });
      }
    });
  }

  let promises: ChartPromises;
  before(async () => {
    promises = await readPromises(CHART);
  });

  it('replaces no pod where only the version of the chart is another', async () => {
    const chart = copyChart((copy) =>
      writeFileSync(join(copy, 'Chart.yaml'), read(copy, 'Chart.yaml').replace(/^version: .*/m, 'version: 99.0.0')),
    );
    const templates = (all: Awaited<ReturnType<typeof resources>>) => all.filter(podOf).map(({ spec }) => spec?.template);
    for (const values of CASES)
      expect(templates(await resources({ chart, values })), values).to.deep.equal(templates(await resources({ values })));
  });

  it('would be refused by Kubernetes with other labels to find pods by, which is seen here', async () => {
    const chart = copyChart((copy) => {
      const names = join(copy, 'templates', '_names.tpl');
      writeFileSync(names, read(names).replace('app.kubernetes.io/component:', 'component:'));
    });
    expect(fixedParts(await resources({ chart }))).not.to.deep.include.members([...(promises.cases.default?.fixed ?? [])]);
  });
});
