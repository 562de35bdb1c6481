import type { PageState } from '../../../src/dashboard/page-state.js';
import { AgentsSection } from './agents-section.js';
import { EventsSection } from './events-section.js';
import { RequestsSection } from './requests-section.js';
import { Summary } from './summary.js';

/** The fleet as it was last told. */
export function FleetView({ fleet, isStale, mayOperate }: { fleet: PageState; isStale: boolean; mayOperate: boolean }) {
  return (
    <div class="fleet">
      {isStale && <p class="notice notice-warn">The connection is lost. This is what was last known; trying again…</p>}
      <Summary fleet={fleet} />
      <AgentsSection fleet={fleet} mayOperate={mayOperate} />
      <div class="columns">
        <RequestsSection fleet={fleet} />
        <EventsSection fleet={fleet} />
      </div>
    </div>
  );
}
