import {
  agentPatchSchema,
  healthCheckRequestSchema,
  healthCheckResponseSchema,
  labelsSchema,
  PROTOCOL_VERSION,
  registerRequestSchema,
  registerResponseSchema,
  wantsSchema,
  watchRecordSchema,
} from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { z } from 'zod';

/** The places of a parse that was refused, as `metrics.cpu`; empty when it was accepted. */
function refusedAt(schema: z.ZodType, value: unknown): string[] {
  return schema.safeParse(value).error?.issues.map((issue) => issue.path.join('.')) ?? [];
}

const registration = { machine_name: 'desk', ip_address: '10.0.0.7', port: 11435 };
const heartbeat = { agent_id: 'desk-11434' };

describe('registerRequestSchema', () => {
  it('fills in what an older agent does not send', () => {
    expect(registerRequestSchema.parse(registration)).to.deep.equal({
      ...registration,
      protocol_version: PROTOCOL_VERSION,
      incarnation: 0,
      ollama_version: '',
      ollama_port: 11434,
      transport: 'auto',
      heartbeat_ms: 5000,
      slots: 1,
      labels: {},
      keeps_credential: false,
    });
  });

  it('ignores what a newer agent sends beside it', () => {
    expect(registerRequestSchema.parse({ ...registration, protocol_version: 99, shoe_size: 43 })).to.not.have.property('shoe_size');
  });

  it('trims the name', () =>
    expect(registerRequestSchema.parse({ ...registration, machine_name: ' desk ' }).machine_name).to.equal('desk'));

  const refused: readonly [string, unknown][] = [
    ['machine_name', undefined],
    ['machine_name', ''],
    ['machine_name', '   '],
    ['machine_name', 'a\r\nx-admin: 1'],
    ['machine_name', '\u0000'],
    ['machine_name', '\u009b31m'],
    ['machine_name', 'x'.repeat(129)],
    ['machine_name', { toString: 'x' }],
    ['ip_address', ''],
    ['ip_address', 'http://10.0.0.7'],
    ['ip_address', '10.0.0.7/admin'],
    ['ip_address', 'user@host'],
    ['ip_address', 'a b'],
    ['port', 0],
    ['port', 65536],
    ['port', 1.5],
    ['port', '11435'],
    ['port', Number.NaN],
    ['port', Number.POSITIVE_INFINITY],
    ['port', null],
    ['ollama_port', -1],
    ['agent_id', ''],
    ['agent_id', '../x'],
    ['agent_id', 'a:b'],
    ['agent_id', '{oc}'],
    ['agent_id', '-rf'],
    ['agent_id', 'a\n'],
    ['agent_id', 'x'.repeat(65)],
    ['incarnation', -1],
    ['incarnation', 2 ** 53],
    ['incarnation', 1e308],
    ['incarnation', 0.5],
    ['heartbeat_ms', 0],
    ['heartbeat_ms', 99],
    ['heartbeat_ms', 60_001],
    ['heartbeat_ms', -5000],
    ['slots', 0],
    ['slots', 1_000_001],
    ['slots', 1e308],
    ['transport', 7],
    ['transport', 'x'.repeat(33)],
    ['labels', { gpu: 4090 }],
    ['labels', ['gpu']],
    ['labels', 'gpu=4090'],
    ['join_token', 'x'.repeat(513)],
    ['protocol_version', -1],
  ];
  for (const [field, value] of refused) {
    it(`refuses ${field} ${JSON.stringify(value)?.slice(0, 40)}${typeof value === 'number' ? ` (${value})` : ''}`, () => {
      expect(refusedAt(registerRequestSchema, { ...registration, [field]: value })[0]).to.match(new RegExp(`^${field}`));
    });
  }

  for (const value of [undefined, null, 1, 'x', [], [registration]]) {
    it(`refuses ${JSON.stringify(value)} as a whole`, () => expect(registerRequestSchema.safeParse(value).success).to.equal(false));
  }

  it('takes an IPv6 address with its zone, and a host name', () => {
    for (const ip_address of ['fe80::1%eth0', '[::1]', 'gpu-1.lan', 'host_with_underscore']) {
      expect(refusedAt(registerRequestSchema, { ...registration, ip_address }), ip_address).to.deep.equal([]);
    }
  });
});

describe('healthCheckRequestSchema', () => {
  it('fills in what an agent leaves out, and takes nothing that was not measured for zero', () => {
    const parsed = healthCheckRequestSchema.parse(heartbeat);
    expect(parsed).to.deep.include({
      state: 'ready',
      in_flight: {},
      runners: [],
      metrics: { gpus: [] },
      ollama: { version: '', up: true },
    });
    expect(parsed.metrics).to.not.have.any.keys('cpu', 'memory');
    expect(parsed).to.not.have.property('models');
  });

  const refused: readonly [string, object][] = [
    ['metrics.cpu', { metrics: { cpu: Number.NaN } }],
    ['metrics.cpu', { metrics: { cpu: -0.01 } }],
    ['metrics.cpu', { metrics: { cpu: 1.01 } }],
    ['metrics.cpu', { metrics: { cpu: 1e308 } }],
    ['metrics.cpu', { metrics: { cpu: '0.5' } }],
    ['metrics.memory', { metrics: { memory: Number.POSITIVE_INFINITY } }],
    ['metrics.memory_bytes', { metrics: { memory_bytes: -1 } }],
    ['metrics.memory_bytes', { metrics: { memory_bytes: 1e308 } }],
    ['metrics.memory_bytes', { metrics: { memory_bytes: 2 ** 53 } }],
    ['metrics.gpus', { metrics: { gpus: Array.from({ length: 33 }, () => ({})) } }],
    ['metrics.gpus.0.temperature_c', { metrics: { gpus: [{ temperature_c: 1e6 }] } }],
    ['in_flight.replica', { in_flight: { replica: -1 } }],
    ['in_flight.replica', { in_flight: { replica: Number.NaN } }],
    ['in_flight.replica', { in_flight: { replica: 1e308 } }],
    [`in_flight.${'x'.repeat(65)}`, { in_flight: { ['x'.repeat(65)]: 1 } }],
    ['sequence', { sequence: -1 }],
    ['sequence', { sequence: 1e308 }],
    ['incarnation', { incarnation: Number.NaN }],
    ['state', { state: 5 }],
    ['state', { state: 'x'.repeat(33) }],
    ['runners.0.state', { runners: [{ model: 'x', signature: 'x', state: null }] }],
    ['runners.0.model', { runners: [{ signature: 'x' }] }],
    ['runners.0.slots', { runners: [{ model: 'x', signature: 'x', slots: 0 }] }],
    ['runners.0.size_bytes', { runners: [{ model: 'x', signature: 'x', size_bytes: -5 }] }],
    ['runners', { runners: Array.from({ length: 257 }, () => ({ model: 'x', signature: 'x' })) }],
    ['models.0.name', { models: [{ name: 'x'.repeat(257) }] }],
    ['models', { models: Array.from({ length: 10_001 }, () => ({ name: 'x' })) }],
    ['max_runners', { max_runners: 0 }],
    ['ollama.up', { ollama: {} }],
    ['agent_id', { agent_id: 'a b' }],
  ];
  for (const [place, part] of refused) {
    it(`refuses ${place.slice(0, 40)} in ${JSON.stringify(part).slice(0, 60)}`, () => {
      expect(refusedAt(healthCheckRequestSchema, { ...heartbeat, ...part })).to.include(place);
    });
  }
});

describe('words of a newer peer', () => {
  const runner = { model: 'x', signature: 'x' };
  const answer = { agent_id: 'desk-11434', token: 't', coordinator_key: 'k', heartbeat_ms: 5000, ttl_ms: 15_000 };
  const state = { type: 'state', sequence: 1, in_flight: {}, runners: [] };
  const table: readonly [string, z.ZodType, object, object][] = [
    ['an agent that wants no requests', healthCheckRequestSchema, { ...heartbeat, state: 'bored' }, { state: 'paused' }],
    ['the same on its watch', watchRecordSchema, { ...state, state: 'bored' }, { state: 'paused' }],
    [
      'a runner that is there, if not ready',
      healthCheckRequestSchema,
      { ...heartbeat, runners: [{ ...runner, state: 'dozing' }] },
      { runners: [{ ...runner, state: 'loading', digest: '', slots: 1, in_flight: 0, size_bytes: 0, vram_bytes: 0 }] },
    ],
    [
      'an agent that leaves its transport open',
      registerRequestSchema,
      { ...registration, transport: 'carrier pigeon' },
      { transport: 'auto' },
    ],
    [
      'a coordinator that calls directly',
      registerResponseSchema,
      { ...answer, status: 'welcomed', transport: 'pigeon' },
      { status: 'updated', transport: 'direct' },
    ],
    ['a heartbeat that arrived', healthCheckResponseSchema, { status: 'splendid' }, { status: 'ok' }],
  ];
  for (const [meaning, schema, sent, read] of table) {
    it(`count as ${meaning}`, () => expect(schema.parse(sent)).to.deep.include(read));
  }
});

describe('hostile JSON', () => {
  const parseHeartbeat = (json: string) => healthCheckRequestSchema.safeParse(JSON.parse(json));

  it('never reaches a prototype', () => {
    const attacks = [
      '{"agent_id":"a","__proto__":{"polluted":1}}',
      '{"agent_id":"a","in_flight":{"__proto__":1}}',
      '{"agent_id":"a","in_flight":{"constructor":1,"toString":2}}',
      '{"agent_id":"a","models":[{"name":"x","details":{"__proto__":{"polluted":1}}}]}',
      '{"agent_id":"a","metrics":{"__proto__":{"cpu":0.5}}}',
    ];
    for (const attack of attacks) {
      const { data } = parseHeartbeat(attack);
      expect(({} as Record<string, unknown>).polluted, attack).to.equal(undefined);
      if (data === undefined) continue;
      expect(Object.getPrototypeOf(data), attack).to.equal(Object.prototype);
      expect(Object.getPrototypeOf(data.in_flight), attack).to.be.oneOf([Object.prototype, null]);
      expect(data.metrics.cpu, attack).to.equal(undefined);
    }
  });

  for (const name of ['__proto__', 'constructor', 'prototype']) {
    it(`has no label ${name}`, () => {
      const { success, data } = labelsSchema.safeParse(JSON.parse(`{"${name}":"x"}`));
      expect(success && Object.hasOwn(data, name)).to.equal(false);
    });
  }

  it('refuses more labels than 32, and names that are no names', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, '']));
    expect(labelsSchema.safeParse(many(32)).success).to.equal(true);
    for (const labels of [many(33), { '': 'x' }, { 'a b': 'x' }, { 'a{b': 'x' }, { ['x'.repeat(64)]: '' }, { a: 'x'.repeat(129) }]) {
      expect(labelsSchema.safeParse(labels).success, JSON.stringify(labels).slice(0, 40)).to.equal(false);
    }
  });

  it('is refused, however deep it is, where a flat value belongs', () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    expect(parseHeartbeat(`{"agent_id":${deep}}`).success).to.equal(false);
    expect(parseHeartbeat(`{"agent_id":"a","metrics":{"cpu":${deep}}}`).success).to.equal(false);
  });

  it('is passed over, however deep it is, in a field that is none of ours', () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    expect(parseHeartbeat(`{"agent_id":"a","later":${deep}}`).data).to.not.have.property('later');
  });

  it('with a million keys is judged within seconds', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000_000 }, (_, index) => [`k${index}`, 1]));
    const before = process.cpuUsage();
    expect(healthCheckRequestSchema.safeParse({ ...heartbeat, later: many }).success).to.equal(true);
    expect(labelsSchema.safeParse(many).success).to.equal(false);
    // CPU time, since a busy machine lets others go first.
    expect(process.cpuUsage(before).user / 1000).to.be.below(8000);
  }).timeout(60_000);
});

describe('agentPatchSchema', () => {
  it('takes any part', () => {
    for (const patch of [{}, { name: 'desk' }, { weight: 0, tier: 3 }, { labels: { gpu: '4090' } }]) {
      expect(agentPatchSchema.parse(patch)).to.deep.equal(patch);
    }
  });
  for (const patch of [
    { status: 'online' },
    { weight: -1 },
    { weight: Number.NaN },
    { weight: 1001 },
    { tier: 0.5 },
    { name: '' },
    { id: 'x' },
  ]) {
    it(`refuses ${JSON.stringify(patch)}`, () => expect(agentPatchSchema.safeParse(patch).success).to.equal(false));
  }
});

describe('watchRecordSchema', () => {
  const state = { type: 'state', sequence: 1, state: 'ready', in_flight: { a: 1 }, runners: [] };
  it('takes each type of record', () => {
    const records = [state, { type: 'ping' }, { type: 'leaving' }, { type: 'grant', grant_id: 'g', signature: 's', lease_ms: 50 }];
    for (const record of records) expect(watchRecordSchema.safeParse(record).success, record.type).to.equal(true);
  });
  for (const record of [{ type: 'other' }, {}, { ...state, sequence: -1 }, { ...state, in_flight: { a: -1 } }, { type: 'grant' }]) {
    it(`refuses ${JSON.stringify(record)}`, () => expect(watchRecordSchema.safeParse(record).success).to.equal(false));
  }
});

describe('wantsSchema', () => {
  const want = { signature: 'llama3:latest', priority: 0, virtual_time: 0, waiting: 1 };
  it('takes none and a thousand', () => {
    expect(wantsSchema.safeParse({ wants: [] }).success).to.equal(true);
    expect(wantsSchema.safeParse({ wants: Array(1000).fill(want) }).success).to.equal(true);
  });
  for (const [what, wants] of [
    ['1,001 wants', Array(1001).fill(want)],
    ['a virtual time that is no number', [{ ...want, virtual_time: Number.NaN }]],
    ['an endless virtual time', [{ ...want, virtual_time: Number.NEGATIVE_INFINITY }]],
    ['a priority beyond 9', [{ ...want, priority: 10 }]],
    ['a negative count', [{ ...want, waiting: -1 }]],
  ] as const) {
    it(`refuses ${what}`, () => expect(wantsSchema.safeParse({ wants }).success).to.equal(false));
  }
});
