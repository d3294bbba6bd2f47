import { z } from "zod";

const owner = "[A-Za-z0-9][A-Za-z0-9_-]{0,98}";
const pattern = new RegExp(`^(?:${owner}|${owner}/[A-Za-z0-9._-]{1,100}|enterprises/${owner})$`);

/** `acme`, `acme/widgets` or `enterprises/acme`; kept as text, because a configuration URL is `github.url` + `/` + scope. */
export const scope = z
  .string()
  .superRefine((text, context) => {
    if (pattern.test(text)) return;
    const hasHost = /^https?:|^[^/]+\.(?:com|org|net|io)\//.test(text);
    context.addIssue({ code: "custom", message: hasHost ? "leave out the host, it belongs to github.url" : "" });
  })
  .meta({
    description: "The organization, repository or enterprise at which the pool's runners are registered.",
    expects: "an organization (acme), a repository (acme/widgets) or an enterprise (enterprises/acme)",
    examples: ["acme", "acme/widgets", "enterprises/acme"],
  });

/** Who owns the scope: what one installation of a GitHub App belongs to. */
export function scopeOwner(text: string): string {
  return (text.startsWith("enterprises/") ? text : (text.split("/")[0] ?? text)).toLowerCase();
}

export function isEnterprise(text: string): boolean {
  return /^enterprises\//i.test(text);
}
