/** The type of a struct field as Go names it: `string`, `bool`, `[]string`, `map[string]interface {}`, `api.Message`, … */
export type GoType = string;

/**
 * What Go's `encoding/json` says about the first field of a decoded object whose JSON type does not fit its struct field, as
 * `json: cannot unmarshal number into Go struct field GenerateRequest.model of type string`; undefined where all fit.
 * Only the top level is looked at, null fits every type, and fields that are not named are free.
 */
export function goTypeError(value: unknown, struct: string, fields: Readonly<Record<string, GoType>>): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value === null ? undefined : `json: cannot unmarshal ${jsonType(value)} into Go value of type ${struct}`;
  }
  for (const [name, field] of Object.entries(value)) {
    const type = fields[name];
    if (type === undefined || field === null || fits(field, type)) continue;
    const local = struct.slice(struct.lastIndexOf('.') + 1);
    return `json: cannot unmarshal ${jsonType(field)} into Go struct field ${local}.${name} of type ${type}`;
  }
  return undefined;
}

function fits(value: unknown, type: GoType): boolean {
  if (type === 'string' || type === 'bool') return jsonType(value) === type;
  if (type.startsWith('[]')) return Array.isArray(value);
  if (/^u?int|^float/.test(type)) return typeof value === 'number';
  return jsonType(value) === 'object';
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
