// What a JSON Schema asks for. Only the server checks values; here they get a label and a fitting field.

// The schema without the detours: references, a choice between one kind and null, a list of one.
export function resolve(schema, root) {
  let found = schema === true || !schema ? {} : schema;
  for (let depth = 0; depth < 20; depth += 1) {
    const { $ref, anyOf, oneOf, allOf, ...rest } = found;
    const choices = anyOf ?? oneOf, real = choices?.filter((choice) => choice.type !== "null");
    if ($ref) found = { ...at(root, $ref), ...rest };
    else if (allOf?.length === 1) found = { ...allOf[0], ...rest };
    else if (real?.length === 1) found = { ...real[0], ...rest, nullable: real.length < choices.length };
    else if (Array.isArray(found.type) && found.type.filter((name) => name !== "null").length === 1) {
      found = { ...found, type: found.type.find((name) => name !== "null"), nullable: found.type.includes("null") };
    } else break;
  }
  return found;
}

function at(root, reference) {
  const parts = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
  const names = parts.map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce((found, name) => found?.[name], root) ?? {};
}

export function kindOf(schema) {
  if (schema.enum || "const" in schema) return "choice";
  if (schema.type === "object" || schema.properties) return schema.properties ? "object" : "json";
  if (schema.type === "array") return schema.items ? "array" : "json";
  return ["string", "number", "integer", "boolean"].includes(schema.type) ? schema.type : "json";
}

export const labelOf = (name, schema) => schema.title ?? name;

// A first value for an entry that is added to a list.
export function blank(schema, root) {
  const found = resolve(schema, root);
  if (found.default !== undefined) return found.default;
  if (found.examples?.length) return found.examples[0];
  switch (kindOf(found)) {
    case "choice": return found.enum ? found.enum[0] : found.const;
    case "object": {
      return Object.fromEntries((found.required ?? []).map((name) => [name, blank(found.properties[name], root)]));
    }
    case "array": return [];
    case "boolean": return false;
    case "string": return "";
    case "json": return null;
    default: return 0;
  }
}

export const pointer = (path, name) => `${path}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
