import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coordinatorConfigSchema, loadConfigWithOrigins, silentLogger } from '@ollama-coordinator/common';
import type { BalancerManifest } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { z } from 'zod';
import { createBalancerFaults } from '#coordinator/balancing/balancer-faults.js';
import { loadProfile, profileOf } from '#coordinator/balancing/load-profile.js';
import { createManualClock } from '../../support/manual-clock.js';
import { codeBlocks } from '../../support/read-documents.js';

const names = readdirSync('balancers', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const manifests = new Map<string, BalancerManifest>();
for (const name of names) {
  const module = (await import(`@ollama-coordinator/balancer-${name}`)) as { default: BalancerManifest };
  manifests.set(name, module.default);
}
const readme = (name: string) => readFileSync(join('balancers', name, 'README.md'), 'utf8');

/** The names in the first column of the tables of options: `` | `cpuWeight`, `memoryWeight` | 2, 1 | … ``. */
function documentedOptions(text: string): Map<string, string> {
  const rows = [...text.matchAll(/^\| (`[^|]+`) \| ([^|]+) \| /gm)];
  return new Map(
    rows.flatMap(([, columns = '', defaults = '']) => {
      const options = columns.split(', ').map((name) => name.replaceAll('`', ''));
      const values = defaults.split(', ').map((value) => value.trim().replaceAll('`', ''));
      return options.map((option, index) => [option, values[index] ?? values[0] ?? ''] as const);
    }),
  );
}

/** Options with their defaults, and those of the entries of a list of rules; a default that is no single value is `undefined`. */
function optionsOf({ options }: BalancerManifest): Map<string, unknown> {
  const { properties = {} } = z.toJSONSchema(options as unknown as z.ZodType, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, { default?: unknown; items?: { properties?: Record<string, { default?: unknown }> } }>;
  };
  return new Map(
    Object.entries(properties).flatMap(([name, { default: value, items }]) =>
      items?.properties ? Object.entries(items.properties).map(([inner, entry]) => [inner, entry.default]) : [[name, value]],
    ),
  );
}

describe('documents of balancers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oc-profiles-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, manifest] of manifests) {
    describe(name, () => {
      const text = readme(name);
      it('has a README that says what, when, its kind, its state and what it needs', () => {
        for (const heading of ['**What.**', '**When.**', '**Kind.**', '**State.**', '**Needs.**']) expect(text).to.include(heading);
        expect(text, 'a formula or a rule').to.match(/\*\*(Formula|Rule)\.\*\*/);
        expect(text.startsWith(`# ${name}\n`)).to.equal(true);
      });
      it('lists its options with their defaults', () => {
        const documented = documentedOptions(text);
        const options = [...optionsOf(manifest)];
        for (const [option, value] of options) {
          expect([...documented.keys()], option).to.include(option);
          if (typeof value !== 'object' && value !== undefined) expect(documented.get(option), option).to.equal(String(value));
        }
        expect(options.length === 0, 'says that it has none').to.equal(text.includes('**Options.** None.'));
      });
      it('is a chooser exactly where it says so, and keeps state where it says so', async () => {
        const parsed = manifest.options.safeParse({});
        if (!parsed.success) throw new Error('its options have no defaults');
        const balancer = await manifest.create(parsed.data, { log: silentLogger });
        expect(text.includes('**Kind.** A chooser')).to.equal(balancer.choose !== undefined);
        expect(text.includes('**State.** None')).to.equal(balancer.inspect === undefined);
      });
    });
  }

  for (const name of ['.', ...names]) {
    for (const [index, toml] of codeBlocks(readme(name), 'toml').entries()) {
      it(`the configuration ${index + 1} in balancers/${name}/README.md can be loaded`, async () => {
        const file = join(folder, 'coordinator.toml');
        writeFileSync(file, toml);
        const { config, origins } = loadConfigWithOrigins(coordinatorConfigSchema, { env: { FILE: file }, fileEnv: 'FILE' });
        const faults = createBalancerFaults({ clock: createManualClock(), log: silentLogger });
        const { balancers } = await loadProfile(profileOf(config, origins), { log: silentLogger, faults });
        expect(balancers).to.have.lengthOf.at.least(1);
      });
    }
  }

  it('names every balancer in the list of balancers', () => {
    for (const name of names) expect(readme('.')).to.include(`[\`${name}\`](${name}/README.md)`);
  });
});
