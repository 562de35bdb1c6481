/**
 * Every failure that the coordinator or an agent can report. `message` is the sentence a person reads; `{name}` stands for
 * a detail. `retryable` tells whether the same request may succeed on another agent or a little later.
 */
export const ERRORS = {
  BAD_REQUEST: { status: 400, retryable: false, message: '{reason}' },
  BODY_TOO_LARGE: {
    status: 413,
    retryable: false,
    message: 'the request body is larger than {limit_bytes} bytes; send less, or raise COORDINATOR_BODY_LIMIT_BYTES',
  },
  MISSING_KEY: { status: 401, retryable: false, message: 'this coordinator needs an API key; send it as "Authorization: Bearer <key>"' },
  BAD_KEY: { status: 401, retryable: false, message: 'this API key is not known here; check it, or ask for another one' },
  DEAD_KEY: { status: 401, retryable: false, message: 'this API key {why}; ask for another one' },
  FORBIDDEN: { status: 403, retryable: false, message: 'this API key may not do that; it needs the scope "{scope}"' },
  FORBIDDEN_MODEL: { status: 403, retryable: false, message: 'this API key may not use the model "{model}"; ask for one that may' },
  REGISTRY_NOT_ALLOWED: {
    status: 403,
    retryable: false,
    message: 'models of the registry "{host}" are not allowed here; COORDINATOR_REGISTRIES names those that are: {registries}',
  },
  INSECURE_REGISTRY: {
    status: 403,
    retryable: false,
    message: 'a registry without TLS needs an API key with the scope "admin"; leave "insecure" out, or ask an administrator',
  },
  NARROWED_KEY: {
    status: 403,
    retryable: false,
    message: 'this API key is limited to some models or agents, and this shows or changes more than those; use a key without such a limit',
  },
  RATE_LIMIT_EXCEEDED: {
    status: 429,
    retryable: true,
    message: 'this API key may use {limit} {what}; try again in {retry_s} s',
  },
  USAGE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'what keys used is kept in Redis, and Redis does not answer right now; it goes on being counted all the same',
  },
  UNKNOWN_KEY: { status: 404, retryable: false, message: 'no API key "{key}" is in force here; list them with GET /api/coordinator/keys' },
  KEY_NAME_TAKEN: {
    status: 409,
    retryable: false,
    message: 'another API key has the name "{name}"; choose another name, or revoke that key',
  },
  KEY_CHANGED_MEANWHILE: {
    status: 409,
    retryable: false,
    message: 'somebody else changed this API key at the same moment; look at it again',
  },
  LAST_ADMIN_KEY: {
    status: 409,
    retryable: false,
    message: 'this is the last API key with the scope "admin", and without one nobody could make another; make that first',
  },
  CONFIGURED_KEY: {
    status: 409,
    retryable: false,
    message: 'the API key "{name}" comes from COORDINATOR_ADMIN_KEY; change it there, and start the coordinator again',
  },
  KEYS_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message:
      'Redis does not answer right now, so the keys of the fleet cannot be changed; a key that was to be revoked is refused by this coordinator already, and by the others as soon as Redis is back',
  },
  CROSS_SITE: {
    status: 403,
    retryable: false,
    message: 'a page of another site may not do that with a session; send an API key as "Authorization: Bearer <key>"',
  },
  WRONG_HOST: {
    status: 421,
    retryable: false,
    message: 'the Host "{host}" is not served here; use another address of this coordinator, or add the name to COORDINATOR_HOSTS',
  },
  PROXY_WITHOUT_KEYS: {
    status: 403,
    retryable: false,
    message:
      'this request came through a proxy, but the coordinator serves without keys; set COORDINATOR_AUTH=on before putting a proxy in front of it',
  },
  FOREIGN_HOST: {
    status: 403,
    retryable: false,
    message: 'the Host "{host}" is not served here; use localhost, an IP address, or set COORDINATOR_AUTH=on',
  },
  BAD_JOIN_TOKEN: {
    status: 401,
    retryable: false,
    message:
      'this coordinator needs a join token, and the one sent is missing or wrong; set AGENT_JOIN_TOKEN to the token that the coordinator printed at its first start',
  },
  BAD_AGENT_TOKEN: {
    status: 401,
    retryable: false,
    message: 'the agent token is missing, expired or belongs to another agent; register again',
  },
  JOIN_TOKEN_SPENT: {
    status: 401,
    retryable: false,
    message: 'this join token {why}; ask for another one, made with "ollama-coordinator join-tokens create"',
  },
  JOIN_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'join tokens are kept in Redis, and Redis does not answer right now; agents that joined before come back all the same',
  },
  UNKNOWN_JOIN_TOKEN: {
    status: 404,
    retryable: false,
    message: 'no join token "{token}" is in force here; list them with GET /api/coordinator/join-tokens',
  },
  AGENT_ID_TAKEN: {
    status: 401,
    retryable: false,
    message:
      'agent "{agent}" is registered, and its credential was not shown; if its data folder is lost, remove it with DELETE /api/agents/{agent}, and it joins afresh',
  },
  AGENT_REVOKED: {
    status: 403,
    retryable: false,
    message: 'the credential of agent "{agent}" was revoked; to let it join again, remove it with DELETE /api/agents/{agent}',
  },
  NOT_ADMITTED: { status: 401, retryable: false, message: '{reason}' },
  UNKNOWN_AGENT: { status: 404, retryable: false, message: 'no agent "{agent}" is registered here; list them with GET /api/agents' },
  AGENT_NOT_REGISTERED: { status: 404, retryable: true, message: 'agent "{agent}" is not registered (any more); register again' },
  OLD_INCARNATION: {
    status: 409,
    retryable: false,
    message:
      'a newer start of agent "{agent}" has registered, so this older one stops; two agents on one machine need an Ollama (AGENT_OLLAMA_URL) and a folder (AGENT_DATA_DIR) each',
  },
  UNKNOWN_MODEL: { status: 404, retryable: false, message: '{sentence}' },
  NO_CLOUD: { status: 403, retryable: false, message: 'ollama cloud is disabled: {what}' },
  ROUTE_NEEDS_OLLAMA: {
    status: 404,
    retryable: false,
    message: '{path} needs Ollama {versions}, and no agent that could answer has it ({agents}); update Ollama there',
  },
  ALIAS_NOT_MODEL: {
    status: 400,
    retryable: false,
    message: '\'{alias}\' is an alias and stands for {models}; name the model itself, or change the setting "aliases"',
  },
  PARTLY_DONE: {
    status: 502,
    retryable: true,
    message: "model '{model}' was {verb} on {done}, but not on {failed}; see to the agents that failed, and ask again",
  },
  NOT_DONE: { status: 502, retryable: true, message: "model '{model}' was not {verb}: {failed}" },
  BLOBS_APART: {
    status: 400,
    retryable: false,
    message: 'no agent that is there has all files of this model ({where}); upload them again, and they land on one agent',
  },
  UNKNOWN_ROUTE: { status: 404, retryable: false, message: '404 page not found' },
  WRONG_METHOD: { status: 405, retryable: false, message: '405 method not allowed' },
  NO_AGENTS: {
    status: 503,
    retryable: true,
    message: 'no agent has registered yet; start one with "ollama-agent run" on a machine that runs Ollama',
  },
  ALL_AGENTS_OFFLINE: {
    status: 503,
    retryable: true,
    message: 'all agents that have {model} are offline or draining ({agents}); bring one back, or try again later',
  },
  NO_CANDIDATE: { status: 503, retryable: true, message: 'no agent may serve this request: {reason}' },
  QUEUE_FULL: { status: 503, retryable: true, message: 'server busy, please try again.  {waiting} requests are waiting already' },
  BODIES_FULL: {
    status: 503,
    retryable: true,
    message:
      'server busy, please try again.  Requests of {held} are being worked on, and COORDINATOR_BODY_MEMORY_BYTES leaves no room for this one',
  },
  WAIT_TOO_LONG: {
    status: 503,
    retryable: true,
    message:
      'server busy, please try again.  {waiting} requests are waiting already, and this one would wait for about {wait_s} s, longer than it may',
  },
  QUEUE_TIMEOUT: { status: 503, retryable: true, message: 'server busy, please try again.  no agent became free within {waited_ms} ms' },
  CANCELLED_BY_OPERATOR: { status: 503, retryable: false, message: 'an operator of this coordinator cancelled the request' },
  UNKNOWN_REQUEST: {
    status: 404,
    retryable: false,
    message: 'no request "{request}" waits or runs here, nor at another replica that answers; it may have ended',
  },
  CANCEL_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message:
      'request "{request}" does not wait or run at this replica, and the others cannot be asked: Redis does not answer right now. Try again, or ask the replica that has it',
  },
  REQUEST_NOT_IN_HISTORY: {
    status: 404,
    retryable: false,
    message: 'no request "{request}" is in the history; it may still wait or run, or be older than what is kept',
  },
  BODIES_NOT_KEPT: {
    status: 404,
    retryable: false,
    message: 'no bodies of the request "{request}" are kept; they are only while COORDINATOR_HISTORY_BODIES is on, and for a time',
  },
  EXPORT_TOO_LARGE: {
    status: 400,
    retryable: false,
    message: 'more than {most} requests match; give since and until, another filter, or a limit',
  },
  AGENT_BUSY: { status: 503, retryable: true, message: 'every slot for this model is taken on this agent' },
  AGENT_UNREACHABLE: {
    status: 502,
    retryable: true,
    message: 'agent "{agent}" could not be reached ({cause}); is it running, and does a firewall let the coordinator in?',
  },
  AGENT_FAILED: { status: 502, retryable: true, message: 'agent "{agent}" failed before it answered ({cause})' },
  AGENT_TOO_OLD: { status: 501, retryable: false, message: 'agent "{agent}" runs a version that cannot {what}; update it' },
  OLLAMA_UNREACHABLE: { status: 502, retryable: true, message: 'Ollama at {url} does not answer ({cause}); start it with "ollama serve"' },
  COORDINATOR_UNREACHABLE: {
    status: 502,
    retryable: true,
    message: 'the coordinator at {url} does not answer as one ({cause}); is it running, and is AGENT_COORDINATOR_URL right?',
  },
  COORDINATOR_KEY_CHANGED: {
    status: 502,
    retryable: false,
    message:
      'the coordinator at {url} shows another key than at the first registration; if you replaced it, delete {file} and start the agent again',
  },
  OLLAMA_FAILED: {
    status: 502,
    retryable: true,
    message: 'Ollama at {url} broke the request off before it answered ({cause}); its own log says why',
  },
  FIRST_BYTE_TIMEOUT: {
    status: 504,
    retryable: true,
    message: 'agent "{agent}" sent nothing for {waited_ms} ms; look whether its Ollama hangs, or raise COORDINATOR_FIRST_BYTE_TIMEOUT_MS',
  },
  STREAM_BROKEN: {
    status: 502,
    retryable: false,
    message: 'the answer broke off: agent "{agent}" went away while it was answering; ask again',
  },
  OUT_OF_TRIES: { status: 502, retryable: true, message: '{tries} agents failed to answer this request; the last one said: {cause}' },
  SHUTTING_DOWN: { status: 503, retryable: true, message: 'this coordinator is shutting down; try again' },
  HISTORY_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'the history is in Redis, and Redis does not answer right now; requests are served all the same',
  },
  SETTINGS_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'all replicas share their settings through Redis, and Redis does not answer right now; try again when it is back',
  },
  REGISTRY_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'Redis does not answer right now, so the agent cannot be removed for good; try again when it is back',
  },
  JOBS_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message:
      'jobs and placements are kept in Redis, and Redis does not answer right now; try again when it is back. Models that are there are served all the same',
  },
  UNKNOWN_JOB: { status: 404, retryable: false, message: 'no job "{job}" is known; list them with GET /api/coordinator/jobs' },
  UNKNOWN_PLACEMENT: {
    status: 404,
    retryable: false,
    message: 'no placement "{placement}" is known; list them with GET /api/coordinator/placements',
  },
  PLACEMENT_EXISTS: {
    status: 409,
    retryable: false,
    message: 'there is a placement "{placement}" already; change it with PUT, or give this one an id of its own',
  },
  JOB_CANCELLED: { status: 503, retryable: false, message: 'the job was cancelled by {by}' },
  JOB_FAILED: { status: 500, retryable: true, message: '{reason}' },
  JOB_REFUSED: { status: 500, retryable: false, message: '{reason}' },
  NO_PLACE: { status: 503, retryable: true, message: '{reason}' },
  COPY_UNAVAILABLE: { status: 501, retryable: false, message: 'agent "{agent}" cannot take a model over from another agent: {reason}' },
  COPY_SOURCE_FAILED: { status: 502, retryable: true, message: 'agent "{source}" did not hand the model over: {reason}' },
  NOT_ENOUGH_DISK: {
    status: 507,
    retryable: false,
    message:
      'not enough disk: "{model}" needs {needed} more, and the models folder of agent "{agent}" has {free} free; delete a model there, or choose another agent',
  },
  PULL_FAILED: { status: 500, retryable: true, message: '{reason}' },
  PULL_REFUSED: { status: 500, retryable: false, message: '{reason}' },
  PULL_STALLED: {
    status: 504,
    retryable: true,
    message: 'the pull of "{model}" made no progress for {waited_s} s; is the registry reachable from the agent?',
  },
  NO_OLLAMA_FOR_PLATFORM: {
    status: 501,
    retryable: false,
    message: 'there is no Ollama to download for {platform}; install it by hand, and set AGENT_OLLAMA_BINARY to it',
  },
  OLLAMA_NOT_INSTALLED: {
    status: 503,
    retryable: false,
    message: 'Ollama is not on this machine; install it from its website, or set AGENT_OLLAMA_SETUP=install to have the agent do that',
  },
  OLLAMA_TOO_OLD: {
    status: 503,
    retryable: false,
    message:
      'the Ollama in {file} has version {version}, and {minimum} or later is needed; update it, or name another with AGENT_OLLAMA_BINARY',
  },
  OLLAMA_NOT_STARTED: {
    status: 503,
    retryable: true,
    message:
      'Ollama ({file}) was started and does not answer at {url}: {cause}. It is started again by itself; if it stays so, end what else has that port, choose another with AGENT_OLLAMA_URL, or start "ollama serve" by hand to see what it lacks',
  },
  DOWNLOAD_FAILED: {
    status: 502,
    retryable: true,
    message: '{url} could not be downloaded ({cause}); is this machine on the internet, or does it need a proxy (HTTPS_PROXY)?',
  },
  DOWNLOAD_REFUSED: {
    status: 502,
    retryable: false,
    message: '{host} refuses to give {file} out (HTTP {http_status}); check AGENT_OLLAMA_DOWNLOAD_URL and AGENT_OLLAMA_VERSION',
  },
  REDIRECT_REFUSED: {
    status: 502,
    retryable: false,
    message:
      '{url} sends on to {host}, which is not where such a file lies; nothing was downloaded from there. Check AGENT_OLLAMA_DOWNLOAD_URL, and whether a proxy or a guest network stands between',
  },
  DOWNLOAD_STALLED: {
    status: 504,
    retryable: true,
    message: 'nothing of {url} arrived for {waited_s} s; is the connection to the internet still there?',
  },
  DOWNLOAD_IS_PAGE: {
    status: 502,
    retryable: false,
    message:
      'a web page came in place of {url}, as from a network that wants a sign-in first (a hotel, a guest network); open a browser on this machine, sign in, and try again',
  },
  PROXY_NEEDS_LOGIN: {
    status: 502,
    retryable: false,
    message:
      'the proxy {proxy} wants a login; put it into HTTPS_PROXY and HTTP_PROXY, or into AGENT_COORDINATOR_PROXY where that names the proxy, as http://user:password@host:port',
  },
  PROXY_REFUSED: {
    status: 502,
    retryable: true,
    message:
      'the proxy {proxy} does not let this machine through to {target} (HTTP {http_status}); ask who runs it, or set AGENT_COORDINATOR_PROXY=off where the coordinator is reached without it',
  },
  COORDINATOR_IS_PAGE: {
    status: 502,
    retryable: true,
    message:
      'a web page answers at {url}, not a coordinator: it is the address of something else, or this network wants a sign-in first (a hotel, a guest network). Open the address in a browser on this machine, sign in, or correct AGENT_COORDINATOR_URL',
  },
  NO_NETWORK_TO_ASK: {
    status: 503,
    retryable: true,
    message:
      'this machine could not ask its network for coordinators ({cause}); connect it to a network, or use the address or the link that whoever runs the coordinator gives you',
  },
  COORDINATOR_CERTIFICATE: {
    status: 502,
    retryable: false,
    message:
      'the coordinator at {url} shows another certificate than the one that this agent knows it by; if it was replaced, join again with a link made since, else somebody stands between',
  },
  BAD_JOIN_LINK: {
    status: 400,
    retryable: false,
    message:
      'this is no link to join with; it looks like http://coordinator:8080/join#token=join_… . Copy it whole, in quotes, from the dashboard ("Add a machine") or from "ollama-coordinator agents invite"',
  },
  CHECKSUM_MISMATCH: {
    status: 502,
    retryable: false,
    message:
      '{file} is not what its publisher made: its SHA-256 is {found}, and {expected} was expected; it was deleted. Try again later, or from another network',
  },
  CHECKSUM_MISSING: {
    status: 502,
    retryable: false,
    message: '{url} names no SHA-256 of {file}; set OLLAMA_VERIFY_CHECKSUM to the right address or digest, or to "off" to do without',
  },
  BAD_SIGNATURE: {
    status: 502,
    retryable: false,
    message: '{file} is not signed by Ollama ({cause}); it was deleted. Try again later, or from another network',
  },
  BAD_ARCHIVE: {
    status: 502,
    retryable: false,
    message: '{file} cannot be unpacked ({cause}); it was deleted. Try again, or set AGENT_OLLAMA_VERSION to another version',
  },
  DISK_FULL: {
    status: 507,
    retryable: false,
    message:
      'not enough disk in {folder}: {needed} are needed, and {free} are free; delete something there, or set AGENT_DATA_DIR to another disk',
  },
  SERVICE_NEEDS_ROOT: {
    status: 403,
    retryable: false,
    message: 'a service of the system is for root to install; put sudo before the command, or use --scope user for a service of your own',
  },
  SERVICE_NOT_POSSIBLE: { status: 501, retryable: false, message: 'no service can be made of the agent here: {reason}' },
  SERVICE_PRESENT: {
    status: 409,
    retryable: false,
    message: 'the service is installed already ({title}); to change its settings take it away first with "ollama-agent service uninstall"',
  },
  SERVICE_ABSENT: {
    status: 404,
    retryable: false,
    message: 'no service is installed here; "ollama-agent service install" makes one (with --scope as it was installed)',
  },
  SERVICE_REFUSED: {
    status: 500,
    retryable: false,
    message: '{program} refused: {cause}. It may need an administrator',
  },
  UPDATE_NOT_POSSIBLE: { status: 501, retryable: false, message: 'the agent cannot update itself: {reason}' },
  UPDATE_NOT_TRUSTED: {
    status: 502,
    retryable: false,
    message: 'what {url} says of releases is not trusted ({cause}); nothing was changed. Check AGENT_UPDATE_FEED and AGENT_UPDATE_KEY',
  },
  UPDATE_BROKEN: {
    status: 500,
    retryable: false,
    message: 'version {version} of the agent does not work here ({cause}); the former one is in its place again, and serves',
  },
  REDIS_UNREACHABLE: {
    status: 503,
    retryable: true,
    message:
      'Redis at {url} does not answer ({cause}); start it, correct COORDINATOR_REDIS_URL, or leave that unset to use the embedded one',
  },
  REDIS_SCHEMA_NEWER: {
    status: 503,
    retryable: false,
    message: 'the data in Redis has schema version {found}, this coordinator writes version {supported}; upgrade this coordinator',
  },
  REDIS_NOT_FOUND: { status: 503, retryable: false, message: 'no Redis was found to embed; {advice}' },
  DATA_DIR_IN_USE: {
    status: 500,
    retryable: false,
    message:
      'another coordinator (process {pid}) keeps its Redis in {folder}; stop it, give this one a folder of its own with COORDINATOR_DATA_DIR, or let both share one Redis with COORDINATOR_REDIS_URL',
  },
  CLUSTER_KEY_MISMATCH: {
    status: 503,
    retryable: false,
    message: 'another coordinator signs for this fleet with a different key; give all of them the same COORDINATOR_CLUSTER_SECRET',
  },
  BAD_CONFIG: { status: 500, retryable: false, message: 'the configuration is not valid:\n{problems}' },
  PORT_IN_USE: {
    status: 500,
    retryable: false,
    message: 'port {port} on {host} is taken by another program; stop it, or choose another port with {setting}',
  },
  BAD_BALANCER: { status: 500, retryable: false, message: 'the balancer "{name}" ({where}) cannot be used: {reason}' },
  BAD_REDACTOR: { status: 500, retryable: false, message: 'the module "{name}" (COORDINATOR_HISTORY_REDACTOR) cannot be used: {reason}' },
  INTERNAL: { status: 500, retryable: false, message: 'the coordinator failed inside; its log says more under request id {request_id}' },
} as const satisfies Record<string, { status: number; retryable: boolean; message: string }>;

export type ErrorCode = keyof typeof ERRORS;
