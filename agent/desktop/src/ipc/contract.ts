import type { FoundCoordinator } from '@ollama-coordinator/agent';
import { z } from 'zod';
import { type SettingName, typedSettingsSchema } from '../agent/typed-settings.js';
import type { DesktopView } from '../view/desktop-view.js';
import type { CallName } from './channels.js';

const text = (longest: number) => z.string().max(longest);

/** What each call takes. Anything else is refused before a handler sees it. */
export const INPUTS = {
  readView: z.null(),
  saveSettings: typedSettingsSchema,
  findCoordinators: z.null(),
  testCoordinator: z.strictObject({ coordinatorUrl: text(2048) }),
  join: z.strictObject({ link: text(4096) }),
  /** Minutes; null: until it is resumed. */
  pause: z.strictObject({ minutes: z.int().min(1).max(10_080).nullable() }),
  resume: z.null(),
  setStartAtLogin: z.strictObject({ on: z.boolean() }),
  openDashboard: z.null(),
  checkForUpdate: z.null(),
  installUpdate: z.null(),
  forgetProblems: z.null(),
} as const satisfies Record<CallName, z.ZodType>;

/** What each call gives, where it succeeds. */
interface Outputs extends Record<CallName, unknown> {
  readView: DesktopView;
  /** Undefined where all was right; else the sentence for each field that is not, and nothing was saved. */
  saveSettings: Partial<Readonly<Record<SettingName, string>>> | undefined;
  /** Those that answer within 2.5 s; anybody in the network may. */
  findCoordinators: readonly FoundCoordinator[];
  testCoordinator: readonly string[];
  join: readonly string[];
}

export type Input<Name extends CallName> = z.infer<(typeof INPUTS)[Name]>;
export type Output<Name extends CallName> = Outputs[Name];

/** What the page gets: the outcome, or a sentence about why there is none. */
export type Answer<Name extends CallName> =
  | { readonly ok: true; readonly value: Output<Name> }
  | { readonly ok: false; readonly problem: string };

export type Handlers = { readonly [Name in CallName]: (input: Input<Name>) => Promise<Output<Name>> | Output<Name> };

/** What the preload script puts into the page's window. */
export type DesktopBridge = { readonly [Name in CallName]: (input: Input<Name>) => Promise<Answer<Name>> } & {
  /** Returns how to stop. */
  readonly onView: (listener: (view: DesktopView) => void) => () => void;
  readonly onStep: (listener: (sentence: string) => void) => () => void;
};
