import { delimiter, join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';

/** The environment in which programs that were installed for the tests, without root, are found. */
export function toolsPath(env = process.env) {
  const bin = join(ROOT, '.data', 'tools', 'bin');
  return { TOOLS_BIN: bin, PATH: `${env.PATH || ''}${delimiter}${bin}` };
}
