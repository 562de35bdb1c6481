import { bodySettings } from './body-settings.js';
import { httpUrl, share, wholeNumber } from './leaf-schemas.js';
import { setting } from './setting.js';

/** What is kept of requests, agents and changes, and for how long; and where traces go. */
export const historySettings = {
  historyDays: setting(wholeNumber(1, 365).default(7), {
    env: 'COORDINATOR_HISTORY_DAYS',
    description: 'How long requests and events are kept.',
    unit: 'days',
  }),
  historyBytes: setting(wholeNumber(1_048_576, 1_099_511_627_776).default(1_073_741_824), {
    env: 'COORDINATOR_HISTORY_BYTES',
    description: 'Memory of Redis that stored requests may take; beyond it the oldest go before their time.',
    unit: 'bytes',
  }),
  ...bodySettings,
  healthDays: setting(wholeNumber(1, 365).default(30), {
    env: 'COORDINATOR_HEALTH_DAYS',
    description: "How long an agent's health is kept, a sample a minute.",
    unit: 'days',
  }),
  rollUpMs: setting(wholeNumber(100, 3_600_000).default(60_000), {
    env: 'COORDINATOR_ROLLUP_MS',
    description: 'How often the history is added up by hour and day, by one of the replicas.',
    unit: 'ms',
  }),
  auditDays: setting(wholeNumber(1, 3650).default(90), {
    env: 'COORDINATOR_AUDIT_DAYS',
    description: 'How long it is kept who changed what.',
    unit: 'days',
  }),
  otlpEndpoint: setting(httpUrl.optional(), {
    env: 'COORDINATOR_OTLP_ENDPOINT',
    description:
      'OTLP/HTTP receiver that traces of requests are sent to, as http://collector:4318; OTEL_EXPORTER_OTLP_HEADERS gives headers for it. Unset: nothing is traced.',
  }),
  otlpSample: setting(share.default(1), {
    env: 'COORDINATOR_OTLP_SAMPLE',
    description: 'Share of the requests that are traced, 0 to 1, where the caller sends no trace context of its own.',
  }),
};
