/** What may be tried, and the refusal: the rows of the specification, and those of what came with it. Every one is tested. */
export const ROWS = {
  keys: ['no key, bad key, wrong scope, on every route', '401, 403'],
  others: ['another caller’s requests, history, jobs, keys; a model outside the key’s list by a sibling route', '403, 404'],
  assignment: ['mass assignment in register and health; NaN, negative, 1e308; __proto__; deep JSON; a million keys', '400; never stored'],
  ssrf: [
    'agent address as SSRF: loopback, link-local, metadata, IPv6 forms, decimal, DNS rebinding, redirects',
    '400; a canary gets 0 hits',
  ],
  impersonation: ['agent impersonation: other id, replayed or forged heartbeat, old incarnation, join token used twice', '401, 409'],
  agentPort: ['someone else calls the agent’s port', '401, and Ollama sees nothing'],
  smuggling: ['absolute-form URL, two Hosts, CL/TE variants, chunked DELETE, hop-by-hop, h2c', '400, 411; the upstream sees one request'],
  paths: ['path confusion, 200 variants', 'what is authorised is what is dispatched'],
  death: ['query of death', 'at most 2 agents hit'],
  models: ['create, push, blobs, copy, delete, pull with insecure or a foreign registry, by an inference key', '403'],
  options: [
    'num_ctx 10 M, keep_alive -1, num_predict -1, 10 k parallel, one key flooding',
    'clamp or 400; 429 and Retry-After; others’ share kept',
  ],
  bombs: ['bombs: headers, body, gzip/zstd, JSON depth, WebSocket frames', '431, 413, 400, 1009, 1002; memory flat'],
  browsers: ['cross-site WebSocket, DNS rebinding, CORS reflection, text/plain CSRF', '403, 421; no ACAO for unknown origins'],
  answers: ['hostile agent answers: CRLF, huge or hop-by-hop headers, Set-Cookie, endless 1xx, never-ending line', 'stripped, 502'],
  crossing: ['answers crossing between callers on reused sockets', '0 mismatches'],
  downloads: [
    'download chain: file and checksum swapped, redirects, downgrade, archive paths, swap between verify and run',
    'refused; nothing outside the folder',
  ],
  electron: [
    'Electron: XSS in names, window.open, navigation, foreign-frame IPC, ELECTRON_RUN_AS_NODE',
    'isolation, sandbox, CSP, sender check, fuses',
  ],
  atRest: ['tokens at rest', 'safeStorage or mode 0600; never in argv, logs or localStorage'],
  redis: ['Redis: an agent’s user tries KEYS, EVAL, CONFIG, another agent’s key, BullMQ keys', 'NOPERM'],
  logs: ['secrets in logs: 12 canaries through every error path', '0 hits'],
  chart: [
    'the chart’s rendered defaults',
    'runAsNonRoot, read-only root, no capabilities, seccomp, no token, NetworkPolicy, secrets by reference',
  ],
  discovery: [
    'forged answers to an agent that looks for coordinators in its network',
    'http and https alone, names as text, 16 at most; nothing is called before a person chooses it',
  ],
  fuzz: ['fuzzed inputs over parsers and upgrade paths', '0 uncaught exceptions, memory flat'],
} as const;

export type RowName = keyof typeof ROWS;
