import type { FleetEvent } from '@ollama-coordinator/common';

export const EVENT_KINDS = ['agents', 'models', 'jobs', 'settings'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export function kindOf({ type }: FleetEvent): EventKind {
  if (type.startsWith('model_') || type.startsWith('placement_') || type === 'reload_avoided') return 'models';
  if (type.startsWith('job_')) return 'jobs';
  return type === 'setting_changed' ? 'settings' : 'agents';
}
