export { type AgentConfig, agentConfigSchema } from './config/agent-config.js';
export {
  type BalancerChoice,
  balancerChoiceSchema,
  type CoordinatorConfig,
  coordinatorConfigSchema,
  RUNTIME_SETTINGS,
  type RuntimeSetting,
  type RuntimeValues,
} from './config/coordinator-config.js';
export {
  type ConfigSources,
  flagName,
  innerPath,
  loadConfig,
  loadConfigWithOrigins,
  type SettingOrigin,
  type SettingOrigins,
  type SettingSource,
  tomlKey,
} from './config/load.js';
export { saveSettings } from './config/save-settings.js';
export { parseSchedule, type ScheduleWindow } from './config/schedule.js';
export { type SettingMeta, setting, settingMeta } from './config/setting.js';
export { describeOllamaSetup } from './describe-ollama-setup.js';
export {
  COORDINATOR_SERVICE,
  type Mdns,
  type MdnsLink,
  type MdnsRecord,
  networkAddresses,
  openMdns,
} from './discovery/open-mdns.js';
export { AppError, type AppErrorOptions, describeCause, type ErrorDetails } from './errors/app-error.js';
export { ERRORS, type ErrorCode } from './errors/codes.js';
export { formatBytes } from './format-bytes.js';
export { KeepAlivePool, type KeepAlivePoolOptions } from './http/keep-alive-pool.js';
export { TunnelSocket } from './http/tunnel-socket.js';
export { formatJoinLink, type JoinLink, parseJoinLink } from './join-link.js';
export { countMembers } from './json/count-members.js';
export { demandShallowJson, isDeeper, MAX_JSON_DEPTH } from './json/demand-shallow-json.js';
export { goJsonError, parseGoJson } from './json/go-json.js';
export { type GoType, goTypeError } from './json/go-type-error.js';
export { replaceJsonValue } from './json/replace-json-value.js';
export { createSplitLines } from './json/split-lines.js';
export { createLogger, LOG_LEVELS, type Logger, type LoggerOptions, silentLogger } from './logging/create-logger.js';
export { createRecordLog, type RecordLog } from './logging/create-record-log.js';
export {
  fullModelName,
  isCloudModelName,
  isModelName,
  type ModelNameParts,
  normalizeModelName,
  parseModelName,
} from './model-name.js';
export { compilePatterns, type Matches } from './name-patterns.js';
export * from './protocol/agent.js';
export * from './protocol/api-key.js';
export * from './protocol/attempt.js';
export * from './protocol/audit.js';
export * from './protocol/dashboard.js';
export * from './protocol/event.js';
export * from './protocol/explanation.js';
export * from './protocol/heartbeat.js';
export * from './protocol/job.js';
export * from './protocol/join-token.js';
export * from './protocol/key-usage.js';
export * from './protocol/ollama-setup.js';
export * from './protocol/pause.js';
export * from './protocol/placement.js';
export * from './protocol/primitives.js';
export * from './protocol/queue.js';
export * from './protocol/registration.js';
export * from './protocol/request.js';
export * from './protocol/request-bodies.js';
export * from './protocol/runner.js';
export * from './protocol/settings.js';
export * from './protocol/speed.js';
export * from './protocol/transfer.js';
export * from './protocol/trend.js';
export * from './protocol/tunnel.js';
export * from './protocol/watch.js';
export { TRACE_COLUMNS } from './replay/trace-columns.js';
export {
  LOAD_OPTIONS,
  type LoadOptions,
  modelOfSignature,
  optionsOfSignature,
  type RunnerSignature,
  runnerSignature,
} from './runner-signature.js';
export { describeSharedOllama, type SharedOllama, sharedOllamas } from './shared-ollamas.js';
export { type BackoffOptions, backoffDelayMs } from './time/backoff.js';
export { type Clock, systemClock, type Timer } from './time/clock.js';
export { createCoarseTimers } from './time/coarse-timers.js';
export { createIsoTime } from './time/iso-time.js';
export { type Random, seededRandom, systemRandom } from './time/random.js';
export { sleep } from './time/sleep.js';
export { roughTime, timeLeft } from './time/time-left.js';
export { connectPinned, type PinnedConnection } from './tls/connect-pinned.js';
export { followTlsFiles, readTlsFiles, type TlsFiles, type TlsMaterial } from './tls/tls-files.js';
export { startTracing, type TracingOptions } from './tracing/start-tracing.js';
export type { SpanAttributes, TraceSpan, Tracing } from './tracing/tracing.js';
