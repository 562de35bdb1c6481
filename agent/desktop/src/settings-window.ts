import type { BrowserWindow, IpcMainInvokeEvent } from 'electron';
import type { ElectronParts } from './electron-parts.js';
import { isPageAddress, PAGE_ORIGIN } from './page-protocol.js';

export interface SettingsWindowDeps {
  readonly BrowserWindow: ElectronParts['BrowserWindow'];
  readonly preload: string;
  readonly icon: string;
  /** Tools for developers are not for a packed program. */
  readonly isPackaged: boolean;
}

export interface SettingsWindow {
  /** Shows it, made anew where it was closed. */
  open(): void;
  /** Tells the page, where there is one. */
  send(channel: string, value: unknown): void;
  /** Whether a message comes from the page at the top of this window, and from no frame in it. */
  isSender(event: IpcMainInvokeEvent): boolean;
}

/** The one window. Its page is locked in: isolated, sandboxed, without Node. */
export function setupSettingsWindow({ BrowserWindow, preload, icon, isPackaged }: SettingsWindowDeps): SettingsWindow {
  let window: BrowserWindow | undefined;

  const create = () => {
    const made = new BrowserWindow({
      title: 'Ollama Coordinator',
      icon,
      width: 760,
      height: 860,
      minWidth: 420,
      minHeight: 480,
      show: false,
      autoHideMenuBar: true,
      webPreferences: {
        preload,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        experimentalFeatures: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        devTools: !isPackaged,
      },
    });
    made.once('ready-to-show', () => made.show());
    made.once('closed', () => {
      window = undefined;
    });
    void made.loadURL(`${PAGE_ORIGIN}/index.html`).catch(() => made.destroy());
    return made;
  };

  return {
    open() {
      if (window === undefined) {
        window = create();
        return;
      }
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
    send(channel, value) {
      if (window !== undefined && !window.isDestroyed()) window.webContents.send(channel, value);
    },
    isSender({ sender, senderFrame }) {
      if (window === undefined || window.isDestroyed() || sender !== window.webContents) return false;
      return senderFrame !== null && senderFrame === sender.mainFrame && isPageAddress(senderFrame.url);
    },
  };
}
