import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createDashboardHub, type DashboardHub, type DashboardHubDeps } from './dashboard-hub.js';
import { createDashboardSocketServer } from './dashboard-socket-server.js';
import { dashboardPageDir, serveDashboard } from './serve-dashboard.js';

export interface DashboardDeps extends DashboardHubDeps {
  /** Where the built page is; unset: beside this module. */
  readonly pageDir?: string;
}

/** The dashboard's server side. */
export interface Dashboard extends Omit<DashboardHub, 'connect'> {
  /** Answers everything below `/dashboard`; needs no key, as the page holds no data. */
  servePage(request: IncomingMessage, response: ServerResponse): void;
  /** Takes an upgrade of `/ws/dashboard` that was authorised; the socket is closed when `mayStay` says so, within a second. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, mayStay?: () => boolean): void;
}

export function createDashboard({ pageDir, ...deps }: DashboardDeps): Dashboard {
  const { connect, ...hub } = createDashboardHub(deps);
  return {
    ...hub,
    servePage: serveDashboard(pageDir ?? dashboardPageDir()),
    handleUpgrade: createDashboardSocketServer({ connect }).handleUpgrade,
  };
}
