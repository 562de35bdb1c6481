/** What the page may ask of the program: the whole list. The preload script offers these and nothing else. */
export const CALL_NAMES = [
  'readView',
  'saveSettings',
  'findCoordinators',
  'testCoordinator',
  'join',
  'pause',
  'resume',
  'setStartAtLogin',
  'openDashboard',
  'checkForUpdate',
  'installUpdate',
  'forgetProblems',
] as const;
export type CallName = (typeof CALL_NAMES)[number];

/** On which the program tells the page of every change. */
export const VIEW_CHANNEL = 'desktop:view';
/** On which the program tells how a test or a joining goes, a sentence at a time. */
export const STEP_CHANNEL = 'desktop:step';

export function channelOf(name: CallName): string {
  return `desktop:${name}`;
}
