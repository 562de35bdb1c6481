import { execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A line that names a machine of the demo pulls its plug, or puts it back. Says so; false where nobody could type such a line. */
export function watchPlugs(machines, { input = process.stdin, say = console.log } = {}) {
  if (!canBeRead(input)) return false;
  createInterface({ input }).on('line', (line) => {
    const name = line.trim();
    const machine = machines.find((one) => one.name === name);
    if (machine !== undefined) turn(machine, say);
    else if (name !== '') say(`"${name}" is no machine of this demo; these are: ${machines.map((one) => one.name).join(', ')}`);
  });
  return true;
}

function turn(machine, say) {
  if (machine.isOn()) {
    machine.pull();
    say(`${machine.name} is dead. Its name and Enter put the plug back.`);
  } else {
    say(`${machine.name} starts again.`);
    machine.putBack();
  }
}

/** A program in the background that reads from its terminal is stopped by the system. */
function canBeRead(input) {
  if (!input.isTTY || process.platform === 'win32') return !input.destroyed;
  try {
    const [group, terminal] = execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', `${process.pid}`], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return group === terminal;
  } catch {
    return false;
  }
}
