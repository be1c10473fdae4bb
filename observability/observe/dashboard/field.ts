import { customSchema, type Field, fieldSchema, type Panel } from './model.ts';

/** What the overrides of a panel are matched against. */
export interface FieldName {
  readonly name: string;
  readonly refId: string;
}

/** How a series is shown: the panel's defaults, with the overrides that name it. */
export function fieldOf({ fieldConfig }: Panel, named: FieldName): Field {
  let field = fieldConfig.defaults;
  for (const { matcher, properties } of fieldConfig.overrides) {
    if (!matches(matcher, named)) continue;
    for (const { id, value } of properties) field = withProperty(field, id, value);
  }
  return field;
}

function matches({ id, options }: { id: string; options?: unknown }, { name, refId }: FieldName): boolean {
  if (id === 'byName') return options === name;
  if (id === 'byFrameRefID') return options === refId;
  return id === 'byRegexp' && typeof options === 'string' && regexp(options)?.test(name) === true;
}

/** Grafana writes `/pattern/`, or a text that must be matched as a whole. */
function regexp(text: string): RegExp | null {
  try {
    const [, pattern, flags] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
    return pattern === undefined ? new RegExp(`^(?:${text})$`) : new RegExp(pattern, flags);
  } catch {
    // A pattern of a language that is not JavaScript matches nothing here.
    return null;
  }
}

/** A property that is not drawn here, or is not as it should be, changes nothing. */
function withProperty(field: Field, id: string, value: unknown): Field {
  const [head, key] = id.split('.');
  if (head === 'custom' && key !== undefined) {
    const custom = customSchema.safeParse({ ...field.custom, [key]: value });
    return custom.success ? { ...field, custom: custom.data } : field;
  }
  const changed = fieldSchema.safeParse({ ...field, [id]: value });
  return changed.success ? changed.data : field;
}
