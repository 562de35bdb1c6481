import {
  agentPatchSchema,
  agentSchema,
  agentSpeedSchema,
  attemptSchema,
  auditEntrySchema,
  coordinatorConfigSchema,
  createdJoinTokenSchema,
  createdKeySchema,
  createJoinTokenSchema,
  createKeySchema,
  createPlacementSchema,
  explainRequestSchema,
  explanationSchema,
  fleetEventSchema,
  healthCheckRequestSchema,
  healthCheckResponseSchema,
  jobRequestSchema,
  jobSchema,
  joinTokenInfoSchema,
  keyInfoSchema,
  keyUsageSchema,
  patchKeySchema,
  placementRulesSchema,
  placementSchema,
  RUNTIME_SETTINGS,
  registerRequestSchema,
  registerResponseSchema,
  requestDetailSchema,
  requestSchema,
  settingMeta,
  settingsSchema,
  tomlKey,
  trendSchema,
} from '@ollama-coordinator/common';
import { expect } from 'chai';
import { z } from 'zod';
import { type JsonObject, readContract } from '../../support/openapi-contract.js';

/** What is sent to the coordinator is described as it may be written, what it answers as it is read. */
const SCHEMAS: Readonly<Record<string, readonly ['input' | 'output', z.ZodType]>> = {
  Agent: ['output', agentSchema],
  AgentSpeed: ['output', agentSpeedSchema],
  AgentPatch: ['input', agentPatchSchema],
  RegisterRequest: ['input', registerRequestSchema],
  RegisterResponse: ['output', registerResponseSchema],
  HealthCheckRequest: ['input', healthCheckRequestSchema],
  HealthCheckResponse: ['output', healthCheckResponseSchema],
  Request: ['output', requestSchema],
  RequestDetail: ['output', requestDetailSchema],
  Attempt: ['output', attemptSchema],
  FleetEvent: ['output', fleetEventSchema],
  ExplainRequest: ['input', explainRequestSchema],
  Explanation: ['output', explanationSchema],
  Settings: ['output', settingsSchema],
  KeyInfo: ['output', keyInfoSchema],
  CreatedKey: ['output', createdKeySchema],
  JoinTokenInfo: ['output', joinTokenInfoSchema],
  CreatedJoinToken: ['output', createdJoinTokenSchema],
  CreateJoinToken: ['input', createJoinTokenSchema],
  CreateKey: ['input', createKeySchema],
  PatchKey: ['input', patchKeySchema],
  Job: ['output', jobSchema],
  JobRequest: ['input', jobRequestSchema],
  PlacementRules: ['input', placementRulesSchema],
  CreatePlacement: ['input', createPlacementSchema],
  Placement: ['output', placementSchema],
  KeyUsage: ['output', keyUsageSchema],
  AuditEntry: ['output', auditEntrySchema],
  Trend: ['output', trendSchema],
};

/** Said by zod of every integer; says nothing. */
const SAFE_BOUNDS: readonly unknown[] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

/**
 * The rules of a JSON schema without its prose, in an order of its own. Defaults count only for what is written. Objects
 * are open in the contract: a newer peer may send more.
 */
function rulesOf(node: unknown, io: 'input' | 'output'): unknown {
  if (Array.isArray(node)) return node.map((item) => rulesOf(item, io));
  if (typeof node !== 'object' || node === null) return node;
  const rules = Object.entries(node).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'properties') return [[key, propertyRules(value as JsonObject, io)]];
    if (key === 'required') return [[key, [...(value as string[])].sort()]];
    return isRule(key, value, io) ? [[key, rulesOf(value, io)]] : [];
  });
  return Object.fromEntries(rules);
}

function propertyRules(properties: JsonObject, io: 'input' | 'output'): unknown {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, rulesOf(schema, io)]));
}

function isRule(key: string, value: unknown, io: 'input' | 'output'): boolean {
  if (key === '$schema' || key === 'description') return false;
  if (key === 'default') return io === 'input';
  if (key === 'minimum' || key === 'maximum') return !SAFE_BOUNDS.includes(value);
  return key !== 'additionalProperties' || (typeof value === 'object' && value !== null && Object.keys(value).length > 0);
}

describe('schemas of contracts/openapi.yaml', () => {
  const { schemas } = readContract().components;

  for (const [name, [io, schema]] of Object.entries(SCHEMAS)) {
    it(`${name} is the zod schema of the wire protocol`, () => {
      expect(rulesOf(schemas[name], io)).to.deep.equal(rulesOf(z.toJSONSchema(schema, { io }), io));
    });
  }
  it('SettingsPatch has exactly the settings that may change while a coordinator runs', () => {
    expect(Object.keys(schemas.SettingsPatch?.properties ?? {})).to.have.members(RUNTIME_SETTINGS.map(tomlKey));
    const marked = Object.entries(coordinatorConfigSchema.shape).filter(([, leaf]) => settingMeta(leaf).runtime);
    expect(marked.map(([key]) => key)).to.have.members([...RUNTIME_SETTINGS]);
  });
});
