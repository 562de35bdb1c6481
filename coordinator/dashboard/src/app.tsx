import { useEffect, useMemo, useState } from 'preact/hooks';
import { AgentsSection } from './components/agents-section.js';
import { EventsSection } from './components/events-section.js';
import { KeyPrompt } from './components/key-prompt.js';
import { PageFooter } from './components/page-footer.js';
import { PageHeader } from './components/page-header.js';
import { RequestsSection } from './components/requests-section.js';
import { Summary } from './components/summary.js';
import { FleetConnection, type View } from './fleet-connection.js';
import { NowProvider } from './now.js';

export function App() {
  const [view, setView] = useState<View>({ status: 'connecting', fleet: undefined, clockOffsetMs: 0, keyProblem: undefined });
  const connection = useMemo(() => new FleetConnection({ onView: setView }), []);
  useEffect(() => {
    connection.start();
    return () => connection.stop();
  }, [connection]);

  const { fleet, status } = view;
  useEffect(() => {
    const online = fleet === undefined ? 0 : [...fleet.agents.values()].filter((agent) => agent.status === 'online').length;
    document.title = fleet === undefined ? 'Ollama Coordinator' : `${online} online · Ollama Coordinator`;
  }, [fleet]);

  return (
    <NowProvider offsetMs={view.clockOffsetMs}>
      <PageHeader status={status} />
      <main>
        {status === 'key-needed' && <KeyPrompt problem={view.keyProblem} onKey={(key) => connection.offerKey(key)} />}
        {status === 'refused' && <p class="notice notice-bad">{view.keyProblem}</p>}
        {fleet === undefined && (status === 'connecting' || status === 'reconnecting') && (
          <p class="notice">{status === 'connecting' ? 'Connecting…' : 'The coordinator does not answer. Trying again…'}</p>
        )}
        {fleet !== undefined && status !== 'key-needed' && (
          <div class="fleet">
            {status === 'reconnecting' && (
              <p class="notice notice-warn">The connection is lost. This is what was last known; trying again…</p>
            )}
            <Summary fleet={fleet} />
            <AgentsSection fleet={fleet} />
            <div class="columns">
              <RequestsSection fleet={fleet} />
              <EventsSection fleet={fleet} />
            </div>
          </div>
        )}
      </main>
      <PageFooter fleet={fleet} />
    </NowProvider>
  );
}
