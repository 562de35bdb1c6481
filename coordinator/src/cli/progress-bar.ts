const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar of so many characters, filled to that share (0 to 1) in eighths of a character. */
export function progressBar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = Math.floor(eighths / 8);
  const rest = full < width ? (EIGHTHS[eighths % 8] ?? '') : '';
  return `▕${('█'.repeat(full) + rest).padEnd(width)}▏`;
}
