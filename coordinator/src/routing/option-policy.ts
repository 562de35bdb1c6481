import { type CoordinatorConfig, replaceJsonValue } from '@ollama-coordinator/common';
import type { Caller } from '../credentials/caller.js';
import type { InferenceRoute } from '../http/routes.js';
import type { Asked } from './read-asked.js';

export type OptionLimits = Pick<CoordinatorConfig, 'maxNumCtx' | 'maxNumPredict' | 'maxKeepAliveS'>;

/** What a request may ask of a machine, lowered to what the coordinator allows. Never throws. */
export type LimitOptions = (asked: Asked, route: InferenceRoute, caller: Caller) => Asked;

interface Change {
  readonly path: readonly string[];
  readonly value: number;
}

/** Limits of 0 are none. Operators are trusted with the machines, and so is everyone where no keys are asked for. */
export function createOptionPolicy(limits: OptionLimits): LimitOptions {
  const isNone = Object.values(limits).every((limit) => limit === 0);
  return (asked, route, { scopes }) => {
    if (isNone || route.operation === 'transcribe' || scopes.has('operate') || scopes.has('admin')) return asked;
    const changes = changesOf(asked.fields, route, limits);
    if (changes.length === 0) return asked;
    const body = changes.reduce((bytes, { path, value }) => replaceJsonValue(bytes, path, String(value)), asked.body);
    const notes = [...asked.notes, ...changes.map(({ path, value }) => `${path.at(-1)} lowered to ${value}`)];
    return { ...asked, body, fields: changes.reduce(withChange, asked.fields), notes };
  };
}

function changesOf(fields: Asked['fields'], { shape, path }: InferenceRoute, limits: OptionLimits): Change[] {
  const { maxNumCtx, maxNumPredict, maxKeepAliveS } = limits;
  const options = isObject(fields.options) ? fields.options : {};
  const changes: (Change | false)[] = [
    maxNumCtx > 0 && exceeds(options.num_ctx, maxNumCtx) && { path: ['options', 'num_ctx'], value: maxNumCtx },
    maxKeepAliveS > 0 && isKeptLonger(fields.keep_alive, maxKeepAliveS) && { path: ['keep_alive'], value: maxKeepAliveS },
    shape === 'ollama' &&
      generates(path) &&
      isLonger(options.num_predict, maxNumPredict) && { path: ['options', 'num_predict'], value: maxNumPredict },
    ...(shape === 'ollama' ? [] : longAnswers(fields, path, maxNumPredict)),
  ];
  return changes.filter((change) => change !== false);
}

const LENGTH_FIELDS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];

/** Those of the compatible APIs; where none is given the one that the route has is added. */
function longAnswers(fields: Asked['fields'], path: string, limit: number): (Change | false)[] {
  if (limit === 0 || !generates(path)) return [];
  const given = LENGTH_FIELDS.filter((name) => fields[name] !== undefined && fields[name] !== null);
  const own = path === '/v1/responses' ? 'max_output_tokens' : 'max_tokens';
  if (given.length === 0) return [{ path: [own], value: limit }];
  return given.map((name) => isLonger(fields[name], limit) && { path: [name], value: limit });
}

function generates(path: string): boolean {
  return !path.includes('embed') && !path.includes('images');
}

function exceeds(value: unknown, limit: number): boolean {
  return typeof value === 'number' && value > limit;
}

/** Absent and negative mean: until the model ends by itself. */
function isLonger(value: unknown, limit: number): boolean {
  if (limit === 0) return false;
  return value === undefined || value === null || (typeof value === 'number' && (value < 0 || value > limit));
}

const UNIT_S: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** A number of seconds, or a duration as Go writes it; negative means forever. What is neither is for Ollama to refuse. */
function isKeptLonger(value: unknown, limitS: number): boolean {
  if (typeof value === 'number') return value < 0 || value > limitS;
  if (typeof value !== 'string' || !/^[-+]?(\d+\.?\d*|\.\d+)([a-zµ]+((\d+\.?\d*|\.\d+)[a-zµ]+)*)?$/.test(value)) return false;
  if (value.startsWith('-')) return true;
  const parts = [...value.matchAll(/(\d+\.?\d*|\.\d+)([a-zµ]*)/g)];
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_S[unit] ?? 1), 0) > limitS;
}

function withChange(fields: Asked['fields'], { path: [first = '', second], value }: Change): Asked['fields'] {
  if (second === undefined) return { ...fields, [first]: value };
  return { ...fields, [first]: { ...(isObject(fields[first]) ? fields[first] : {}), [second]: value } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
