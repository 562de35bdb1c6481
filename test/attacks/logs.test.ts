import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import WebSocket from 'ws';
import { sendRaw } from '../support/raw-http.js';
import { ADMIN_KEY, type AttackedFleet, CLUSTER_SECRET, JOIN_TOKEN, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

const canary = (name: string) => `canary-${name}-5f1c9e`;
const REDIS_PASSWORD = canary('redis');

describeAttack('logs', 'twelve secrets through every way in which something fails, at the most talkative level', (seen) => {
  let fleet: AttackedFleet;
  const canaries: Record<string, string> = {
    'admin key': ADMIN_KEY,
    'join token': JOIN_TOKEN,
    'cluster secret': CLUSTER_SECRET,
    'an unknown key': canary('unknown-key'),
    'a wrong join token': canary('join-token'),
    prompt: canary('prompt'),
    system: canary('system'),
    image: canary('image'),
    query: canary('query'),
    'password of a Redis': REDIS_PASSWORD,
  };

  before(async () => {
    fleet = await startAttackedFleet({
      env: { COORDINATOR_LOG_LEVEL: 'trace' },
      agentEnv: { AGENT_LOG_LEVEL: 'trace', AGENT_REDIS_URL: `redis://x:${REDIS_PASSWORD}@127.0.0.1:1` },
    });
  });
  after(() => fleet.close());

  it('everything that may fail', async () => {
    const made = await fleet.createKey({ scopes: ['infer', 'read'], models: ['tiny'], limits: { requests_per_minute: 30 } });
    canaries['a key'] = made.key;
    const { prompt, system, image } = canaries;
    const body = { model: 'tiny', prompt, system, images: [image], stream: false, options: { num_predict: 5 } };
    const asks: (readonly [method: string, path: string, key: string | undefined, body?: unknown])[] = [
      ['POST', '/api/generate', made.key, body],
      ['POST', '/api/generate', made.key, { ...body, model: 'forbidden' }],
      ['POST', '/api/generate', made.key, { ...body, model: `tiny`, options: 5 }],
      ['POST', '/api/generate', ADMIN_KEY, { ...body, model: 'nothing-there' }],
      ['POST', '/api/chat', ADMIN_KEY, { model: 'tiny', messages: [{ role: 'user', content: prompt, images: [image] }] }],
      ['POST', '/api/chat', ADMIN_KEY, `{"model":"tiny","messages":[{"content":"${prompt}"`],
      ['POST', '/v1/chat/completions', ADMIN_KEY, { model: 'tiny', messages: prompt }],
      ['POST', '/v1/messages', ADMIN_KEY, { model: 'tiny', system, messages: [{ role: 'user', content: prompt }], max_tokens: 'x' }],
      ['POST', '/api/embed', ADMIN_KEY, { model: 'tiny', input: prompt }],
      ['POST', '/api/show', ADMIN_KEY, { model: 'tiny', system }],
      ['POST', '/api/create', ADMIN_KEY, { model: 'made', from: 'nothing-there', system }],
      ['POST', '/api/generate', canaries['an unknown key'], body],
      ['POST', `/api/generate?key=${canaries.query}`, canaries['an unknown key'], body],
      [
        'POST',
        '/api/agents/register',
        undefined,
        { machine_name: 'x', ip_address: '127.0.0.1', port: 1, join_token: canaries['a wrong join token'] },
      ],
      ['POST', '/api/agents/register', undefined, { machine_name: 5, join_token: canaries['a wrong join token'] }],
      ['POST', '/api/coordinator/session', undefined, { key: canaries['an unknown key'] }],
      ['POST', '/api/coordinator/keys', ADMIN_KEY, { name: 'x', scopes: [canaries['an unknown key']] }],
      ['POST', '/api/health', canaries['an unknown key'], { agent_id: 'x' }],
    ];
    for (const [method, path, key, sent] of asks) await (await fleet.ask(method, path, key, sent)).text();
    const session = await fleet.ask('POST', '/api/coordinator/session', undefined, { key: ADMIN_KEY }, { origin: fleet.url });
    canaries['a session'] = /oc_session=([^;]+)|=([^;]+)/.exec(session.headers.get('set-cookie') ?? '')?.[1] ?? canary('none');
    await sendRaw(fleet.url, `POST /api/chat HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${made.key}\r\nx-a: ${prompt}\0\r\n\r\n`);
    await new Promise<void>((resolve) => {
      const socket = new WebSocket(`${fleet.url.replace('http', 'ws')}/ws/dashboard`, [
        'ollama-coordinator',
        `bearer.${canaries['an unknown key']}`,
      ]);
      socket.on('error', () => resolve());
    });
    const ollama = fleet.agents[0]?.ollama;
    for (const kind of ['refuse', 'load-failure', 'busy'] as const) {
      ollama?.faults.add({ fault: { kind }, times: 1, match: { path: '/api/generate' } });
      await (await fleet.ask('POST', '/api/generate', ADMIN_KEY, body)).text();
    }
    for (let index = 0; index < 40; index += 1) await (await fleet.ask('POST', '/api/generate', made.key, body)).text();
    await fleet.agents[0]?.program.stop();
    await (await fleet.ask('POST', '/api/generate', ADMIN_KEY, body)).text();
    expect(Object.keys(canaries)).to.have.length(12);
  });

  it('and none of it is in a log', () => {
    const folder = dirname(fleet.logFile(0));
    const logs = readdirSync(folder).filter((name) => /\.(log|out)$/.test(name));
    expect(logs.length).to.be.at.least(3);
    for (const name of logs) {
      const text = readFileSync(join(folder, name), 'utf8');
      expect(text.length, name).to.be.above(0);
      for (const [what, secret] of Object.entries(canaries)) expect(text.includes(secret), `${what} in ${name}`).to.equal(false);
    }
    seen(`0 hits of ${Object.keys(canaries).length} in ${logs.length} logs`);
  });
});
