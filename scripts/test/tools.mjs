import { delimiter, join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';

/** What the install scripts of tests make without root. */
export function toolsFolder() {
  return join(ROOT, '.data', 'tools');
}

/** The environment in which programs that were installed for the tests, without root, are found. */
export function toolsPath(env = process.env) {
  const bin = join(toolsFolder(), 'bin');
  return { TOOLS_BIN: bin, PATH: `${env.PATH || ''}${delimiter}${bin}` };
}
