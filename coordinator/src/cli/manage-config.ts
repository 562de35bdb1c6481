import { AppError, type SettingsView, type ShownSetting, settingsSchema } from '@ollama-coordinator/common';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { type Column, showTable } from './show-table.js';

export const CONFIG_USAGE = ['config [--json]', 'config set NAME VALUE', 'config reset NAME'];

const MOST_CHARACTERS = 60;
const PATH = '/api/coordinator/settings';

const COLUMNS: readonly Column<ShownSetting>[] = [
  ['NAME', ({ name, runtime }) => `${name}${runtime ? ' ↻' : ''}`],
  ['VALUE', ({ value, unit }) => (value === undefined ? '-' : shorten(`${textOf(value)}${unit === undefined ? '' : ` ${unit}`}`))],
  [
    'FROM',
    ({ source, origin, problem }) => [source === 'runtime' ? 'an operator' : (origin ?? source), problem].filter(Boolean).join('; '),
  ],
];

/** `ollama-coordinator config`: the settings of a running coordinator. What is set counts for all replicas at once. */
export async function manageConfig(flags: Flags, env: Env, words: readonly string[]): Promise<number> {
  const view = settingsSchema.parse(await ask(flags, env, words));
  if (flags.json !== undefined) process.stdout.write(`${JSON.stringify(view, undefined, 2)}\n`);
  else if (words.length === 0) showTable(COLUMNS, view.settings);
  else process.stdout.write(`${describe(view, words[1])}\n`);
  return 0;
}

function ask(flags: Flags, env: Env, [action, name, value, ...rest]: readonly string[]): Promise<unknown> {
  if (action === undefined) return askCoordinator(PATH, flags, env);
  const isSet = action === 'set' && value !== undefined;
  const isReset = action === 'reset' && value === undefined;
  if (name === undefined || rest.length > 0 || !(isSet || isReset))
    throw new AppError('BAD_REQUEST', { details: { reason: `it is one of these: ${CONFIG_USAGE.join(' | ')}` } });
  return askCoordinator(PATH, flags, env, 'PATCH', { [name]: isSet ? readValue(value) : null });
}

function describe({ settings }: SettingsView, name: string | undefined): string {
  const setting = settings.find((one) => one.name === name);
  return `${name} is ${setting?.value === undefined ? 'unset' : textOf(setting.value)}`;
}

/** Numbers and lists as JSON, else a text. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A profile of balancers would make the table as wide as itself; --json has it whole. */
function shorten(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
