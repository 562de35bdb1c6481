import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { App } from 'electron';
import type { Env } from './agent/settings-file.js';

/** A start that the system makes at login opens no window. */
export const HIDDEN_FLAG = '--hidden';

export interface StartAtLogin {
  /** Undefined where this system has no such thing. */
  isOn(): boolean | undefined;
  set(on: boolean): void;
}

export interface StartAtLoginDeps {
  readonly app: Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>;
  readonly platform: NodeJS.Platform;
  readonly env: Env;
  /** Of the program. */
  readonly execPath: string;
}

/** Windows and macOS by Electron (a Run key, a login item), Linux by a file in the autostart folder, which every desktop there reads. */
export function setupStartAtLogin({ app, platform, env, execPath }: StartAtLoginDeps): StartAtLogin {
  const args = [HIDDEN_FLAG];
  if (platform === 'win32' || platform === 'darwin')
    return {
      isOn: () => app.getLoginItemSettings({ args }).openAtLogin,
      set: (on) => app.setLoginItemSettings({ openAtLogin: on, args }),
    };
  if (platform !== 'linux') return { isOn: () => undefined, set: () => undefined };
  const path = join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'autostart', 'ollama-coordinator.desktop');
  return {
    isOn: () => existsSync(path),
    set(on) {
      if (!on) return rmSync(path, { force: true });
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, autostartEntry(env.APPIMAGE || execPath));
    },
  };
}

/** Quoted as the desktop entry specification has it. */
function autostartEntry(program: string): string {
  const quoted = program.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  return `[Desktop Entry]\nType=Application\nName=Ollama Coordinator\nExec="${quoted}" ${HIDDEN_FLAG}\nX-GNOME-Autostart-enabled=true\n`;
}
