import { useEffect, useMemo, useState } from 'preact/hooks';
import { KeyPrompt } from './components/key-prompt.js';
import { PageFooter } from './components/page-footer.js';
import { PageHeader } from './components/page-header.js';
import { FleetConnection, type View } from './fleet-connection.js';
import { NowProvider } from './now.js';
import { usePageView } from './page-view.js';
import { signOut } from './session.js';
import { MayProvider, mayOf } from './shared/may.js';
import { useWhoami } from './use-whoami.js';
import { ViewSwitch } from './view-switch.js';
import { useLanguage } from './words/use-language.js';
import { t } from './words/words.js';

const START: View = { status: 'connecting', fleet: undefined, samples: new Map(), clockOffsetMs: 0, keyProblem: undefined };

export function App() {
  const [view, setView] = useState<View>(START);
  const connection = useMemo(() => new FleetConnection({ onView: setView }), []);
  useEffect(() => {
    connection.start();
    return () => connection.stop();
  }, [connection]);

  const { fleet, status } = view;
  const language = useLanguage();
  const pageView = usePageView();
  const whoami = useWhoami(status);
  const may = useMemo(() => mayOf(whoami), [whoami]);
  useEffect(() => {
    const online = fleet === undefined ? 0 : [...fleet.agents.values()].filter((agent) => agent.status === 'online').length;
    document.title = fleet === undefined ? 'Ollama Coordinator' : `${t('{count} online', { count: online })} · Ollama Coordinator`;
  }, [fleet, language]);

  return (
    <NowProvider offsetMs={view.clockOffsetMs}>
      <MayProvider value={may} key={language}>
        <PageHeader
          status={status}
          view={pageView.name}
          whoami={whoami}
          onSignOut={() => void signOut().then(() => connection.reconnect())}
        />
        <main>
          {status === 'key-needed' && <KeyPrompt problem={view.keyProblem} onKey={(key) => void connection.offerKey(key)} />}
          {status === 'refused' && <p class="notice notice-bad">{view.keyProblem}</p>}
          {fleet === undefined && (status === 'connecting' || status === 'reconnecting') && (
            <p class="notice">{status === 'connecting' ? t('Connecting…') : t('The coordinator does not answer. Trying again…')}</p>
          )}
          {fleet !== undefined && status !== 'key-needed' && (
            <>
              {status === 'reconnecting' && (
                <p class="notice notice-warn">{t('The connection is lost. This is what was last known; trying again…')}</p>
              )}
              <ViewSwitch view={pageView} fleet={fleet} samples={view.samples} />
            </>
          )}
        </main>
        <PageFooter fleet={fleet} />
      </MayProvider>
    </NowProvider>
  );
}
