import type { Cell } from './run-cell.js';

/** One run of one balancer is one flat object, one of several has them by name, and several runs are a list. */
export function toJson(cells: readonly Cell[]): unknown {
  const [cell, ...others] = cells;
  if (!cell || others.length > 0) return { runs: cells.map(toRun) };
  const { balancers, ...rest } = toRun(cell);
  const [only, ...more] = Object.entries(balancers);
  return only && more.length === 0 ? { ...rest, balancer: only[0], ...only[1] } : { ...rest, balancers };
}

function toRun({ modelsExceedVram, balancers, ...rest }: Cell) {
  return { ...rest, models_exceed_vram: modelsExceedVram, balancers };
}
