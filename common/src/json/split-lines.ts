const NEWLINE = 0x0a;

/** Gathers chunks into lines. The rest behind the last newline is kept until its end comes; it is lost if that never does. */
export function createSplitLines(): (chunk: Buffer) => readonly string[] {
  let rest: Buffer[] = [];
  return (chunk) => {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest.push(chunk);
      return [];
    }
    const whole = Buffer.concat([...rest, chunk.subarray(0, end)]);
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    return whole.toString('utf8').split('\n');
  };
}
