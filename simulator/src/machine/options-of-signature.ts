/** The load options that a runner signature names: `llama3:latest;num_ctx=8192` → `{ num_ctx: 8192 }`. */
export function optionsOfSignature(signature: string): Readonly<Record<string, number | boolean>> {
  const [, ...parts] = signature.split(';');
  return Object.fromEntries(
    parts.map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name, value === 'true' || (value !== 'false' && Number(value))];
    }),
  );
}
