import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

/** Ends the program with one sentence where Node is older than package.json's "engines" asks for. */
export function checkNode() {
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).engines.node.replace('>=', '');
  if (isAtLeast(process.versions.node, wanted)) return;
  console.error(
    `Ollama Coordinator needs Node.js ${wanted} or newer, and this is ${process.versions.node}. Get it from https://nodejs.org.`,
  );
  process.exit(1);
}

/** Compares two versions of the form 20.19 or 20.19.1 by their numbers. */
export function isAtLeast(version, wanted) {
  const numbers = version.split('.').map(Number);
  for (const [index, number] of wanted.split('.').map(Number).entries()) {
    const difference = (numbers[index] || 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
