/** What is known of who can start jobs in a scope. `mixed`: an organisation or enterprise with public repositories in it. */
export type ScopeVisibility = "public" | "mixed" | "private" | "internal" | "unknown";

export type ScopeVerdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "warned"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string };

/**
 * Whether a pool of the scope may run on processes of this machine. A pull request to a public repository is a stranger's
 * program, and a process isolates nothing.
 *
 * @see https://docs.github.com/en/actions/reference/security/secure-use (self-hosted runners and public repositories)
 */
export function checkScope(options: {
  readonly scope: string;
  readonly visibility: ScopeVisibility;
  /** `allowPublicRepositories` of the provider. */
  readonly force: boolean;
}): ScopeVerdict {
  const { scope, visibility, force } = options;
  switch (visibility) {
    case "private":
    case "internal":
      return { kind: "accepted" };
    case "unknown":
      return {
        kind: "warned",
        message:
          `Whether strangers can start jobs in ${scope} is not known, and processes isolate nothing. Drover goes on. ` +
          "Make sure that no repository in it is public.",
      };
    case "public":
    case "mixed": {
      const what = visibility === "public" ? `${scope} is public` : `${scope} holds public repositories`;
      return force
        ? {
            kind: "warned",
            message: `${what}: anybody who opens a pull request can run programs on this machine. Drover goes on because allowPublicRepositories is set.`,
          }
        : {
            kind: "refused",
            message:
              `${what}: anybody who opens a pull request could run programs on this machine, as processes isolate nothing. ` +
              "Drover does not run this pool here. Use a provider that isolates, or set allowPublicRepositories: true on this one.",
          };
    }
    default:
      return visibility satisfies never;
  }
}
