const WIDTH = 60;
const HEIGHT = 16;
const POINTS = 60;

/** Shares of 1 over the last minutes, the latest at the right; a gap where nothing was reported. */
export function Sparkline({ values }: { values: readonly (number | undefined)[] | undefined }) {
  const path = values === undefined ? '' : sparkPath(values);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {path !== '' && <path d={path} />}
    </svg>
  );
}

/** SVG path data; empty for fewer than two values. */
function sparkPath(values: readonly (number | undefined)[]): string {
  const step = WIDTH / (POINTS - 1);
  const first = POINTS - values.length;
  let path = '';
  let isDown = false;
  values.forEach((value, index) => {
    if (value === undefined) isDown = false;
    else {
      const y = HEIGHT - 1 - Math.min(1, Math.max(0, value)) * (HEIGHT - 2);
      path += `${isDown ? 'L' : 'M'}${((first + index) * step).toFixed(1)} ${y.toFixed(1)}`;
      isDown = true;
    }
  });
  return path.includes('L') ? path : '';
}
