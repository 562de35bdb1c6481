import { useEffect, useState } from 'preact/hooks';

const SLICE = 10;

/** How many of so many rows are drawn: a slice more with each frame, so that no frame takes long. */
export function useDrawn(count: number): number {
  const [most, setMost] = useState(SLICE);
  useEffect(() => {
    if (most >= count) {
      // What is filtered away and comes back comes in slices as well.
      if (most > count + SLICE) setMost(Math.max(SLICE, count));
      return;
    }
    const frame = requestAnimationFrame(() => setMost(most + SLICE));
    return () => cancelAnimationFrame(frame);
  }, [most, count]);
  return Math.min(most, count);
}
