/** Runners disagree about the case of member names; these look members up without regard to it. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  if (Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name];
  const wanted = name.toLowerCase();
  for (const [key, member] of Object.entries(value)) if (key.toLowerCase() === wanted) return member;
  return undefined;
}

export function stringField(value: unknown, name: string): string | undefined {
  const member = field(value, name);
  return typeof member === "string" ? member : undefined;
}

export function objectField(value: unknown, name: string): Readonly<Record<string, unknown>> | undefined {
  const member = field(value, name);
  return typeof member === "object" && member !== null && !Array.isArray(member)
    ? (member as Record<string, unknown>)
    : undefined;
}

export function listField(value: unknown, name: string): readonly unknown[] {
  const member = field(value, name);
  return Array.isArray(member) ? member : [];
}
