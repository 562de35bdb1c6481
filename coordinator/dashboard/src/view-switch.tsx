import type { PageState } from '../../src/dashboard/page-state.js';
import { FleetPage } from './fleet/fleet-page.js';
import type { Samples } from './fleet/telemetry.js';
import { KeysPage } from './keys/keys-page.js';
import { LogPage } from './log/log-page.js';
import { ModelsPage } from './models/models-page.js';
import type { PageView } from './page-view.js';
import { PlaygroundPage } from './playground/playground-page.js';
import { QueuePage } from './queue/queue-page.js';
import { RequestsPage } from './requests/requests-page.js';
import { useMay } from './shared/may.js';
import { TrendsPage } from './trends/trends-page.js';

/** The view that the address names. */
export function ViewSwitch({ view: { name, params }, fleet, samples }: { view: PageView; fleet: PageState; samples: Samples }) {
  const may = useMay();
  if (name === 'models') return <ModelsPage fleet={fleet} params={params} />;
  if (name === 'requests') return <RequestsPage fleet={fleet} params={params} />;
  if (name === 'queue') return <QueuePage />;
  if (name === 'trends') return <TrendsPage fleet={fleet} params={params} />;
  if (name === 'playground') return <PlaygroundPage fleet={fleet} params={params} />;
  if (name === 'log') return <LogPage fleet={fleet} params={params} />;
  if (name === 'keys' && may.admin) return <KeysPage />;
  return <FleetPage fleet={fleet} samples={samples} params={params} />;
}
