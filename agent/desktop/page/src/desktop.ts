import type { DesktopBridge } from '../../src/ipc/contract.js';

declare global {
  interface Window {
    readonly desktop: DesktopBridge;
  }
}

/** What the preload script offers: the page's only way out. */
export const desktop: DesktopBridge = window.desktop;
