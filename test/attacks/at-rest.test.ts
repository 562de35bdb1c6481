import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { ADMIN_KEY, type AttackedFleet, CLUSTER_SECRET, JOIN_TOKEN, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

const PAGE = fileURLToPath(new URL('../../../coordinator/dashboard/src', import.meta.url));

describeAttack('atRest', 'files, process list, page and Redis of a fleet that runs', (seen) => {
  let fleet: AttackedFleet;
  let folder: string;
  let secrets: string[];

  before(async function () {
    if (process.platform === 'win32') this.skip();
    fleet = await startAttackedFleet({ env: { COORDINATOR_CLUSTER_SECRET: '' } });
    folder = dirname(fleet.logFile(0));
    const { key } = await fleet.createKey();
    secrets = [ADMIN_KEY, JOIN_TOKEN, CLUSTER_SECRET, key];
  });
  after(() => fleet?.close());

  const filesIn = (path: string): string[] =>
    readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? filesIn(join(path, entry.name)) : entry.isFile() ? [join(path, entry.name)] : [],
    );

  it('what holds a key or a token is for its owner alone', () => {
    const secret = filesIn(folder).filter((path) => /signing-key|credentials-|identity-|coordinator-keys/.test(path));
    expect(secret.some((path) => path.includes('signing-key')) && secret.some((path) => path.includes('credentials-'))).to.equal(true);
    for (const path of secret) {
      expect((statSync(path).mode & 0o777).toString(8), path).to.equal('600');
      seen('mode 0600');
    }
  });

  it('no secret is in a command line', () => {
    const programs = [...fleet.coordinators, ...fleet.agents].map(({ program }) => program.pid);
    for (const pid of programs) {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      for (const text of secrets) expect(line).to.not.contain(text);
    }
    seen('not in argv');
  });

  it('nor in what the programs wrote', () => {
    for (const path of filesIn(folder)) {
      if (path.includes('credentials-') || path.includes('signing-key')) continue;
      const text = readFileSync(path, 'utf8');
      for (const secret of secrets) expect(text.includes(secret), path).to.equal(false);
    }
    seen('not in logs');
  });

  it('nor in Redis', async () => {
    const redis = new Redis(fleet.redis.url);
    for (const key of await redis.keys('*')) {
      const bytes = (await redis.dumpBuffer(key)) ?? Buffer.alloc(0);
      for (const secret of secrets) expect(bytes.includes(secret) || key.includes(secret), key).to.equal(false);
    }
    redis.disconnect();
    seen('not in Redis');
  });

  it('the page keeps nothing where scripts can read it', () => {
    for (const path of filesIn(PAGE))
      expect(readFileSync(path, 'utf8'), path).to.not.match(/localStorage\.setItem\([^)]*(key|token)|document\.cookie/i);
    seen('not in localStorage');
  });
});
