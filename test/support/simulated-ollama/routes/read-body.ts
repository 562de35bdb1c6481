import { type GoType, goTypeError, parseGoJson } from '@ollama-coordinator/common';
import { anthropicError, openAiError } from '../formats/api-errors.js';
import { type Exchange, goJson, JSON_TYPE } from '../http/exchange.js';

export type Body = Readonly<Record<string, unknown>>;

/** In whose shape a route refuses a body. */
export type Api = 'ollama' | 'openai' | 'anthropic';

export interface BodyShape {
  readonly struct: string;
  readonly fields: Readonly<Record<string, GoType>>;
}

/** Refuses before the model is looked at: Ollama's own handlers and its `/v1` middleware answer so. */
export function refuse(exchange: Exchange, api: Api, status: number, message: string): void {
  const body = {
    ollama: () => goJson({ error: message }),
    openai: () => openAiError(status, message),
    anthropic: () => anthropicError(status, message),
  }[api]();
  exchange.send(status, body, JSON_TYPE);
}

/** The body as an object; undefined once it was refused. */
export function readBody(exchange: Exchange, api: Api, shape: BodyShape): Body | undefined {
  const parsed = parseGoJson(exchange.body.toString());
  const error = 'error' in parsed ? parsed.error : goTypeError(parsed.value, shape.struct, shape.fields);
  if (error !== undefined) {
    refuse(exchange, api, 400, error === 'EOF' && api === 'ollama' ? 'missing request body' : error);
    return undefined;
  }
  return ('value' in parsed && parsed.value !== null ? parsed.value : {}) as Body;
}

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export function record(value: unknown): Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : {};
}

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `keep_alive` in milliseconds: a number of seconds or a Go duration; negative is for ever; undefined where there is none. */
export function keepAliveMs(value: unknown): number | undefined {
  if (typeof value === 'number') return value < 0 ? -1 : value * 1000;
  if (typeof value !== 'string' || value === '') return undefined;
  if (/^[+-]?\d+$/.test(value)) return Number(value) < 0 ? -1 : Number(value) * 1000;
  const parts = [...value.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0) return undefined;
  return value.startsWith('-') ? -1 : parts.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0);
}
