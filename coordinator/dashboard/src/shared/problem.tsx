/** What the coordinator said against something. */
export function Problem({ text }: { text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p class="notice notice-bad" role="alert">
      {text}
    </p>
  );
}
