/** The name as agents report it: of a model that is named without a tag, that is `latest`. */
export function withTag(name: string): string {
  return name.includes(':') ? name : `${name}:latest`;
}
