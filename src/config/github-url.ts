import { z } from "zod";

/** Says what is wrong with `github.url`, with the remedy; undefined when it is fine. Never quotes a password. */
export function githubUrlFault(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return "it needs a scheme: write https:// in front of the host";
  if (!URL.canParse(text)) return "it is not a URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return "it holds a user name or password: remove it and name a credential under github.credentials";
  }
  if (url.search !== "" || url.hash !== "") return "it has a query or fragment: leave only scheme and host";
  if (url.hostname === "api.github.com") return "that is the API's host: write https://github.com";
  const path = url.pathname.replace(/^\/+|\/+$/g, "");
  if (path === "api/v3" || path === "api/v3/graphql") return "that is the API's path: leave only scheme and host";
  if (path !== "")
    return `leave only scheme and host; the organization or repository ("${path}") goes to pools[].scope`;
  return undefined;
}

/** Whether everything sent to the URL stays on this machine. */
export function isLoopbackUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname } = new URL(text);
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** `github.url`: kept as written, without trailing slashes, because the host's case and port decide how GitHub is spoken to. */
export const githubUrl = z
  .string()
  .superRefine((text, context) => {
    const fault = githubUrlFault(text);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  })
  .transform((text) => text.replace(/\/+$/, ""))
  .meta({
    description: "GitHub's own URL, or that of a GitHub Enterprise Server: scheme and host only.",
    expects: "the URL of GitHub or of a GitHub Enterprise Server",
    sample: "https://ghes.example.com",
  });
