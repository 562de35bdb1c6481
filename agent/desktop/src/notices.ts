import type { DesktopView } from './view/desktop-view.js';
import { t } from './words/words.js';

export interface Notice {
  readonly title: string;
  readonly body: string;
}

/** What is worth a notification between two views: what changes for the owner without the owner's doing. Pure. */
export function noticesBetween(before: DesktopView, after: DesktopView): readonly Notice[] {
  const { language } = after;
  const notices: Notice[] = [];
  const [was, is] = [before.agent.phase === 'registered', after.agent.phase === 'registered'];
  if (!was && is)
    notices.push({
      title: t(language, 'This machine has joined the fleet'),
      body: t(language, 'Connected to {url}', { url: after.agent.coordinatorUrl }),
    });
  const isLost = after.state === 'offline' && before.state !== 'offline' && !is;
  if (isLost) notices.push({ title: t(language, 'The coordinator is out of reach'), body: t(language, 'It is tried again by itself') });
  if (after.state === 'error' && before.state !== 'error')
    notices.push({ title: t(language, 'Something needs you'), body: after.problems[0]?.text ?? after.line });
  const { pause } = after.agent;
  if (pause !== undefined && pause.by !== 'owner' && before.agent.pause?.by !== pause.by)
    notices.push({ title: t(language, 'This machine rests'), body: pause.text });
  if (after.update.phase === 'ready' && before.update.phase !== 'ready')
    notices.push({
      title: t(language, 'A new version is ready'),
      body: t(language, 'Version {version} is installed at the next start', { version: after.update.version }),
    });
  return notices;
}
