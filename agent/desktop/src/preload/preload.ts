import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import { CALL_NAMES, channelOf, STEP_CHANNEL, VIEW_CHANNEL } from '../ipc/channels.js';

/** The page gets one function per call, and two ways to listen; never a channel name, never ipcRenderer. */
const calls = CALL_NAMES.map((name) => [name, (input: unknown = null) => ipcRenderer.invoke(channelOf(name), input)] as const);

function listenOn(channel: string) {
  return (listener: (value: unknown) => void) => {
    const hear = (_event: IpcRendererEvent, value: unknown) => listener(value);
    ipcRenderer.on(channel, hear);
    return () => {
      ipcRenderer.off(channel, hear);
    };
  };
}

contextBridge.exposeInMainWorld('desktop', {
  ...Object.fromEntries(calls),
  onView: listenOn(VIEW_CHANNEL),
  onStep: listenOn(STEP_CHANNEL),
});
