import { buildDashboard } from './build-dashboard.mjs';
import { buildDesktop } from './build-desktop.mjs';
import { buildTypeScript } from './build-typescript.mjs';
import { checkNode } from './check-node.mjs';
import { installDependencies } from './install-dependencies.mjs';
import { PrepareError } from './run-quietly.mjs';

/** Brings a clone, fresh or not, to where everything can run. Ends the program with the reason where that fails. */
export async function prepare(say = console.log) {
  checkNode();
  try {
    await installDependencies(say);
    await buildTypeScript();
    await buildDashboard();
    await buildDesktop();
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
