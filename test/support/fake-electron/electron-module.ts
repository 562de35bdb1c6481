import { createFakeElectron } from './fake-electron.js';

/**
 * Stands in for the module `electron` in a process that main.ts is the start of; register.ts puts it there. What the program shows is
 * written to standard output, a line of JSON each time, and SIGTERM quits it as its owner does.
 */
const fake = createFakeElectron();
export const { app, BrowserWindow, ipcMain, Menu, nativeImage, nativeTheme, Notification, powerMonitor, protocol, session, shell, Tray } =
  fake.parts;

let told = '';
const telling = setInterval(() => {
  const [tray] = fake.trays;
  const text = JSON.stringify({ windows: fake.windows.length, icon: tray?.image, menu: tray?.menu.map(({ label }) => label ?? '-') });
  if (text !== told) process.stdout.write(`${text}\n`);
  told = text;
}, 20);
process.once('SIGTERM', () => fake.app.quit());
fake.app.once('quit', () => {
  clearInterval(telling);
  process.stdout.write('ended\n');
});
