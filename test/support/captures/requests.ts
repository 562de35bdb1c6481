import type { Capture } from './parse-captures.js';

/** The request behind a capture: its body was not recorded, and is written down here. */
export interface Replay {
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const three = { num_predict: 3 };
const hi = (letter: string) => [{ role: 'user', content: `hi ${letter}` }];
const UNKNOWN = { model: 'nope-x', prompt: 'hi', messages: hi('a'), input: 'hi', max_tokens: 3 };
const UNREACHABLE = { model: '127.0.0.1:9/a/b', insecure: true };
const OWN_ORIGIN = { origin: 'http://localhost:3000' };
const BLOB = 'a blob of the test that uploads it';
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** By label and path where a label's body depends on the route. */
const BY_ROUTE: Readonly<Record<string, Replay>> = {
  'unknown model /api/pull': { body: UNREACHABLE },
  'unknown model /api/copy': { body: { source: 'nope-x', destination: 'copy' } },
  'unknown model /api/create': { body: { model: 'made' } },
  'missing model /v1/completions': { body: { prompt: 'hi' } },
  'missing model /v1/responses': { body: { input: 'hi' } },
  'missing model /v1/messages': { body: { max_tokens: 3, messages: hi('a') } },
};

const BY_LABEL: Readonly<Record<string, Replay>> = {
  'empty body': { rawBody: '' },
  'bad json': { rawBody: '{bad' },
  'missing model': { body: {} },
  'unknown model': { body: UNKNOWN },
  'delete empty': { rawBody: '' },
  'delete unknown': { body: { model: 'nope-x' } },
  'delete missing': { body: {} },
  'invalid name': { body: { model: 'a b', prompt: 'hi' } },
  'type error': { body: { model: 5 } },
  'cloud model': { body: { model: 'kimi-k2.6:cloud', messages: hi('a') } },
  'cloud model2': { body: { model: 'gpt-oss:120b-cloud', messages: hi('a') } },
  web_search: { body: { query: 'hi' } },
  'blob mismatch': { rawBody: 'hello' },
  'blob post': { rawBody: BLOB },
  'blob post again': { rawBody: BLOB },
  'options preflight ok': {
    headers: { ...OWN_ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  },
  'options bad origin': { headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' } },
  'origin ok': { headers: OWN_ORIGIN },
  'origin bad': { headers: { origin: 'http://evil.example' } },
  'host bad': { headers: { host: 'evil.example' } },
  'host .local ok': { headers: { host: 'machine.local' } },
  'host private ip ok': { headers: { host: '192.168.1.20:11434' } },
  'host public ip': { headers: { host: '8.8.8.8' } },
  'content-type text/plain ok?': { body: { model: 'nope-x', prompt: 'hi' }, headers: { 'content-type': 'text/plain' } },
  'pull stream': { body: UNREACHABLE },
  'pull nostream': { body: { ...UNREACHABLE, stream: false } },
  'push unknown': { body: { model: 'nope-x' } },
  'create unknown from': { body: { model: 'made', from: '127.0.0.1:9/a/b' } },
  'gen stream': { body: { model: 'tiny', prompt: 'hi a', options: three } },
  'gen nostream': { body: { model: 'tiny', prompt: 'hi a', stream: false, options: three } },
  'gen load': { body: { model: 'tiny' } },
  'chat load': { body: { model: 'tiny', messages: [] } },
  'chat load stream=false': { body: { model: 'tiny', messages: [], stream: false } },
  'chat stream': { body: { model: 'tiny', messages: hi('b'), options: three } },
  ka: { body: { model: 'tiny', keep_alive: '10m' } },
  'ka -1': { body: { model: 'tiny', keep_alive: -1 } },
  embed: { body: { model: 'tiny', input: 'hi' } },
  'embed empty input': { body: { model: 'tiny', input: '' } },
  embeddings: { body: { model: 'tiny', prompt: 'hi' } },
  'v1 chat': { body: { model: 'tiny', messages: hi('c'), max_tokens: 3 } },
  'v1 chat stream': { body: { model: 'tiny', messages: hi('c'), max_tokens: 3, stream: true } },
  'v1 messages': { body: { model: 'tiny', messages: hi('c'), max_tokens: 3 } },
  'v1 messages stream': { body: { model: 'tiny', messages: hi('c'), max_tokens: 3, stream: true } },
  'v1 responses': { body: { model: 'tiny', input: 'hi c', max_output_tokens: 3 } },
  'tools on non-tool model': { body: { model: 'tiny', messages: hi('a'), tools: [{ type: 'function', function: { name: 'f' } }] } },
  'think unsupported': { body: { model: 'tiny', messages: hi('a'), think: true } },
  'image unsupported': { body: { model: 'tiny', messages: [{ role: 'user', content: 'hi', images: [PNG] }] } },
  '6MB prompt': { body: { model: 'tiny', prompt: 'word '.repeat(1_200_000), stream: false, options: { num_predict: 1 } } },
  unload: { body: { model: 'tiny', keep_alive: 0 } },
};

const WITHOUT_BODY = new Set([
  'root',
  'root head',
  'version',
  'version head',
  'tags',
  'tags head',
  'ps',
  'status',
  'unknown path',
  'wrong method',
  'wrong method2',
  'trailing slash',
  'double slash',
  'me',
  'signout',
  'keys',
  'recs',
  'v1 models',
  'v1 model',
  'v1 model unknown',
  'blob head missing',
  'blob bad digest',
  'blob head',
  'options no origin',
  'ps loaded',
  'ps after',
]);

/** Captures, and lines of the file, that nothing is replayed for, with the reason. */
export const NOT_REPLAYED: Readonly<Record<string, string>> = {
  'big took 5.9': 'a note of the recorder, no answer',
};

/** The request of a capture; undefined where this table has none. */
export function replayOf({ label, path }: Capture): Replay | undefined {
  return BY_ROUTE[`${label} ${path}`] ?? BY_LABEL[label] ?? (WITHOUT_BODY.has(label) ? {} : undefined);
}

/** The blob that the recorder uploaded is not at hand: another is, under its own digest. */
export const RECORDED_BLOB = 'sha256:8fc6baba79a0d60b37dee612ccc1ec096ef52dba8cb0a24a6451e8bfb0e4d761';
export const REPLAYED_BLOB = BLOB;
