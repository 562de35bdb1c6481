import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';

type Frame = Pick<Electron.WebFrameMain, 'url'>;

/** What a window shows, without showing it: what it was told is kept. */
export class FakeContents extends EventEmitter implements Pick<Electron.WebContents, 'setWindowOpenHandler'> {
  readonly mainFrame: { url: string } = { url: 'about:blank' };
  readonly sent: { channel: string; value: unknown }[] = [];
  windowOpenHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | undefined;

  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.windowOpenHandler = handler;
  }

  send(channel: string, value: unknown): void {
    this.sent.push({ channel, value });
    this.emit('sent', channel, value);
  }
}

export class FakeWindow
  extends EventEmitter
  implements Pick<Electron.BrowserWindow, 'show' | 'focus' | 'isMinimized' | 'restore' | 'destroy' | 'isDestroyed' | 'loadURL'>
{
  readonly options: Electron.BrowserWindowConstructorOptions;
  readonly webContents = new FakeContents();
  shows = 0;
  #isDestroyed = false;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }

  async loadURL(url: string): Promise<void> {
    this.webContents.mainFrame.url = url;
    setImmediate(() => this.emit('ready-to-show'));
  }

  show(): void {
    this.shows += 1;
  }

  focus(): void {}
  restore(): void {}
  isMinimized(): boolean {
    return false;
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  /** As its owner closes it. */
  close(): void {
    this.destroy();
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.emit('closed');
  }
}

/** A message from the top of that window's page, or from another frame. */
export function messageFrom(contents: FakeContents, frame: Frame = contents.mainFrame): Electron.IpcMainInvokeEvent {
  return { sender: contents, senderFrame: frame } as unknown as Electron.IpcMainInvokeEvent;
}
