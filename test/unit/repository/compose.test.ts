import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentConfigSchema, coordinatorConfigSchema, loadConfigWithOrigins } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { parse } from 'yaml';
import { REPOSITORY } from '../../support/repository.js';

interface Service {
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}

const read = (...path: string[]) => readFileSync(join(REPOSITORY, ...path), 'utf8');

/** What the comment on top of the file has people choose. */
const CHOSEN = 'a-secret-of-sixteen-characters-or-more';

describe('docs/deploy/compose.yaml', () => {
  const { services, volumes } = parse(read('docs', 'deploy', 'compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly volumes: Readonly<Record<string, null>>;
  };
  const environmentOf = (name: string) =>
    Object.fromEntries(
      Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [key, String(value).replace(/^\$\{\w+:\?.*\}$/, CHOSEN)]),
    );

  it('is of services, images and volumes that there are', () => {
    for (const [name, { build, depends_on = [], volumes: mounted = [] }] of Object.entries(services)) {
      expect(Object.keys(services), name).to.include.members([...depends_on]);
      if (build !== undefined)
        expect(read('docs', 'deploy', build.context, 'Dockerfile'), name).to.match(new RegExp(` AS ${build.target}$`, 'm'));
      const named = mounted.map((volume) => volume.split(':')[0] ?? '').filter((volume) => !volume.startsWith('.'));
      expect(Object.keys(volumes), name).to.include.members(named);
    }
  });

  for (const name of ['coordinator-1', 'coordinator-2']) {
    it(`gives ${name} settings that it takes`, () => {
      const { config } = loadConfigWithOrigins(coordinatorConfigSchema, { env: environmentOf(name), fileEnv: 'COORDINATOR_CONFIG' });
      expect(config.advertise).to.equal(`http://${name}:8080`);
      expect(environmentOf(name)).to.include({ COORDINATOR_AUTH: 'on', COORDINATOR_CLUSTER_SECRET: CHOSEN });
    });
  }

  it('names only settings that are documented', () => {
    const documented = read('docs', 'configuration.md');
    const named = Object.keys(services).flatMap((name) =>
      Object.keys(environmentOf(name)).filter((key) => /^(COORDINATOR|AGENT)_/.test(key)),
    );
    expect(named).to.have.length.above(10);
    expect(named.filter((key) => !documented.includes(`\`${key}\``))).to.deep.equal([]);
  });

  it('gives the agent settings that it takes, and the address of nginx', () => {
    const { config } = loadConfigWithOrigins(agentConfigSchema, { env: environmentOf('agent'), fileEnv: 'AGENT_CONFIG' });
    expect(config.coordinatorUrl).to.equal('http://nginx:8088');
  });

  it('has nginx serve both coordinators, and nothing on this machine', function () {
    if (process.platform === 'win32') this.skip();
    const [, , script = ''] = services.nginx?.command ?? [];
    const sed = script.slice(0, script.indexOf(' >')).replace('/etc/ollama-coordinator/nginx.conf', join('docs', 'deploy', 'nginx.conf'));
    const conf = execFileSync('sh', ['-c', sed], { cwd: REPOSITORY, encoding: 'utf8' });
    expect(conf.match(/^ +server (\S+)/gm)?.map((line) => line.trim())).to.deep.equal([
      'server coordinator-1:8080',
      'server coordinator-2:8080',
    ]);
    expect(conf)
      .to.match(/^ +listen 8088;/m)
      .and.not.match(/127\.0\.0\.1:80/);
  });
});
