import { useMemo } from 'preact/hooks';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { AgentsSection } from '../components/agents-section.js';
import { EventsSection } from '../components/events-section.js';
import { RequestsSection } from '../components/requests-section.js';
import { Summary } from '../components/summary.js';
import { findProblems } from '../log/find-problems.js';
import { ProblemsPanel } from '../log/problems-panel.js';
import { useMay } from '../shared/may.js';
import { JoinSection } from './join-section.js';
import type { Samples } from './telemetry.js';

/** The fleet at a glance: what is wrong, what is busy, each agent, and the latest requests and events. */
export function FleetPage({ fleet, samples, params }: { fleet: PageState; samples: Samples; params: URLSearchParams }) {
  const may = useMay();
  const problems = useMemo(() => findProblems(fleet), [fleet]);
  return (
    <div class="fleet">
      <Summary fleet={fleet} />
      {problems.length > 0 && <ProblemsPanel problems={problems} />}
      <AgentsSection fleet={fleet} samples={samples} params={params} />
      {may.admin && <JoinSection />}
      <div class="columns">
        <RequestsSection fleet={fleet} />
        <EventsSection fleet={fleet} />
      </div>
    </div>
  );
}
