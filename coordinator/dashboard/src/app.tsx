import { useEffect, useMemo, useState } from 'preact/hooks';
import { FleetView } from './components/fleet-view.js';
import { KeyPrompt } from './components/key-prompt.js';
import { PageFooter } from './components/page-footer.js';
import { PageHeader } from './components/page-header.js';
import { FleetConnection, type View } from './fleet-connection.js';
import { KeysPage } from './keys/keys-page.js';
import { NowProvider } from './now.js';
import { usePageView } from './page-view.js';
import { mayOperate, signOut } from './session.js';
import { useWhoami } from './use-whoami.js';

export function App() {
  const [view, setView] = useState<View>({ status: 'connecting', fleet: undefined, clockOffsetMs: 0, keyProblem: undefined });
  const connection = useMemo(() => new FleetConnection({ onView: setView }), []);
  useEffect(() => {
    connection.start();
    return () => connection.stop();
  }, [connection]);

  const { fleet, status } = view;
  const pageView = usePageView();
  const whoami = useWhoami(status);
  useEffect(() => {
    const online = fleet === undefined ? 0 : [...fleet.agents.values()].filter((agent) => agent.status === 'online').length;
    document.title = fleet === undefined ? 'Ollama Coordinator' : `${online} online · Ollama Coordinator`;
  }, [fleet]);

  return (
    <NowProvider offsetMs={view.clockOffsetMs}>
      <PageHeader status={status} view={pageView} whoami={whoami} onSignOut={() => void signOut().then(() => connection.reconnect())} />
      <main>
        {status === 'key-needed' && <KeyPrompt problem={view.keyProblem} onKey={(key) => void connection.offerKey(key)} />}
        {status === 'refused' && <p class="notice notice-bad">{view.keyProblem}</p>}
        {fleet === undefined && (status === 'connecting' || status === 'reconnecting') && (
          <p class="notice">{status === 'connecting' ? 'Connecting…' : 'The coordinator does not answer. Trying again…'}</p>
        )}
        {fleet !== undefined &&
          status !== 'key-needed' &&
          (pageView === 'keys' && whoami !== undefined ? (
            <KeysPage />
          ) : (
            <FleetView fleet={fleet} isStale={status === 'reconnecting'} mayOperate={mayOperate(whoami)} />
          ))}
      </main>
      <PageFooter fleet={fleet} />
    </NowProvider>
  );
}
