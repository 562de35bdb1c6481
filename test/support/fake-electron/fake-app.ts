import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';

type AppMethods = Pick<
  Electron.App,
  | 'enableSandbox'
  | 'getLocale'
  | 'getLoginItemSettings'
  | 'getVersion'
  | 'isPackaged'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setLoginItemSettings'
  | 'whenReady'
>;

export interface FakeAppOptions {
  readonly locale?: string;
  readonly isPackaged?: boolean;
  /** Another start of the program runs already. */
  readonly isSecond?: boolean;
}

/** The life of a program as Electron tells it. */
export class FakeApp extends EventEmitter implements AppMethods {
  readonly isPackaged: boolean;
  readonly #options: FakeAppOptions;
  /** Of the system; a test may change it. */
  locale: string;
  /** Resolves when the program has ended. */
  readonly ended: Promise<void>;
  isSandboxed = false;
  quits = 0;
  loginItem: Electron.Settings = { openAtLogin: false };
  #isEnded = false;

  constructor(options: FakeAppOptions = {}) {
    super();
    this.#options = options;
    this.locale = options.locale ?? 'en-US';
    this.isPackaged = options.isPackaged ?? false;
    this.ended = new Promise((resolve) => {
      this.once('quit', () => resolve());
    });
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  enableSandbox(): void {
    this.isSandboxed = true;
  }

  requestSingleInstanceLock(): boolean {
    return !this.#options.isSecond;
  }

  /** As the real one: whoever listens may hold it up, and quits again later. */
  quit(): void {
    this.quits += 1;
    let isHeldUp = false;
    this.emit('will-quit', { preventDefault: () => (isHeldUp = true) });
    if (isHeldUp) return;
    this.#isEnded = true;
    this.emit('quit');
  }

  async whenReady(): Promise<void> {}

  getLocale(): string {
    return this.locale;
  }

  getVersion(): string {
    return '0.1.0';
  }

  getLoginItemSettings(): Electron.LoginItemSettings {
    return { openAtLogin: this.loginItem.openAtLogin ?? false } as Electron.LoginItemSettings;
  }

  setLoginItemSettings(settings: Electron.Settings): void {
    this.loginItem = settings;
  }
}
