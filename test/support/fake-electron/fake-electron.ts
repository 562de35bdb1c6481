import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import type { ElectronParts } from '#desktop/electron-parts.js';
import { FakeApp, type FakeAppOptions } from './fake-app.js';
import { FakeTray } from './fake-tray.js';
import { type FakeContents, FakeWindow, messageFrom } from './fake-window.js';

type InvokeHandler = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown;

/** As much of Electron as the program uses, and what a test sees of it. */
export interface FakeElectron {
  readonly parts: ElectronParts;
  readonly app: FakeApp;
  readonly windows: FakeWindow[];
  readonly trays: FakeTray[];
  readonly notifications: { readonly title: string; readonly body: string; click(): void }[];
  /** Addresses that were given to the system's browser. */
  readonly opened: string[];
  readonly privileged: Electron.CustomScheme[];
  readonly session: FakeSession;
  readonly theme: EventEmitter & { shouldUseDarkColorsForSystemIntegratedUI: boolean };
  /** Sends a message as the page of a window does, or as another frame. */
  invoke(channel: string, args: readonly unknown[], event: Electron.IpcMainInvokeEvent): Promise<unknown>;
  /** Asks the handler of the page's scheme. */
  fetchPage(url: string, method?: string): Promise<Response>;
  /** The one window's contents. Throws where there is none. */
  contents(): FakeContents;
}

export class FakeSession extends EventEmitter {
  request: Parameters<Electron.Session['setPermissionRequestHandler']>[0] = null;
  check: Parameters<Electron.Session['setPermissionCheckHandler']>[0] = null;
  device: Parameters<Electron.Session['setDevicePermissionHandler']>[0] = null;
  setPermissionRequestHandler(handler: FakeSession['request']): void {
    this.request = handler;
  }
  setPermissionCheckHandler(handler: FakeSession['check']): void {
    this.check = handler;
  }
  setDevicePermissionHandler(handler: FakeSession['device']): void {
    this.device = handler;
  }
}

export function createFakeElectron(options: FakeAppOptions = {}): FakeElectron {
  const app = new FakeApp(options);
  const windows: FakeWindow[] = [];
  const trays: FakeTray[] = [];
  const notifications: FakeElectron['notifications'] = [];
  const opened: string[] = [];
  const privileged: Electron.CustomScheme[] = [];
  const session = new FakeSession();
  const theme = Object.assign(new EventEmitter(), { shouldUseDarkColorsForSystemIntegratedUI: false });
  const handlers = new Map<string, InvokeHandler>();
  let servePage: (request: Request) => Response | Promise<Response> = () => new Response('no handler', { status: 500 });

  const parts = {
    app,
    BrowserWindow: class extends FakeWindow {
      constructor(given: Electron.BrowserWindowConstructorOptions) {
        super(given);
        windows.push(this);
        app.emit('web-contents-created', {}, this.webContents);
      }
    },
    Tray: class extends FakeTray {
      constructor(image: unknown) {
        super(image);
        trays.push(this);
      }
    },
    Menu: { buildFromTemplate: (template: unknown) => template },
    nativeImage: { createFromPath: (path: string) => path },
    nativeTheme: theme,
    Notification: class extends EventEmitter {
      static isSupported = () => true;
      readonly #notice: { title: string; body: string };
      constructor(notice: { title: string; body: string }) {
        super();
        this.#notice = notice;
      }
      show(): void {
        notifications.push({ ...this.#notice, click: () => this.emit('click') });
      }
    },
    ipcMain: { handle: (channel: string, handler: InvokeHandler) => handlers.set(channel, handler) },
    protocol: {
      registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]) => privileged.push(...schemes),
      handle: (_scheme: string, handler: typeof servePage) => {
        servePage = handler;
      },
    },
    session: { defaultSession: session },
    shell: {
      openExternal: async (url: string) => {
        opened.push(url);
      },
    },
  };
  return {
    // The only cast: what of Electron's types the program does not use is not there.
    parts: parts as unknown as ElectronParts,
    app,
    windows,
    trays,
    notifications,
    opened,
    privileged,
    session,
    theme,
    async invoke(channel, args, event) {
      const handler = handlers.get(channel);
      if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
      // What crosses between processes is cloned.
      return structuredClone(await handler(event, ...structuredClone([...args])));
    },
    fetchPage: async (url, method = 'GET') => servePage(new Request(url, { method })),
    contents() {
      const window = windows.findLast((one) => !one.isDestroyed());
      if (window === undefined) throw new Error('there is no window');
      return window.webContents;
    },
  };
}

export { messageFrom };
