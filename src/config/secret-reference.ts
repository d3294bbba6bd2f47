import { z } from "zod";
import { looksSecret } from "./hide-secrets.ts";

/** Where a secret is to be found; never the secret. */
export type SecretReference =
  { readonly kind: "env"; readonly name: string } | { readonly kind: "file"; readonly path: string };

/** A secret as users name it: `{ env: NAME }` or `{ file: PATH }`. */
export function secretReference(description: string) {
  const fromEnvironment = z
    .strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .refine((name) => !looksSecret(name))
        .meta({
          description: "Name of the environment variable that holds the secret.",
          expects: "the name of an environment variable, not its value",
          examples: ["GITHUB_TOKEN"],
          secret: true,
        }),
    })
    .transform(({ env }): SecretReference => ({ kind: "env", name: env }));
  const fromFile = z
    .strictObject({
      file: z
        .string()
        .min(1)
        .refine((path) => !looksSecret(path))
        .meta({
          description: "Path of the file that holds the secret, relative to this file; mode 0600 is advised.",
          expects: "the path of a file, not the secret itself",
          examples: ["/run/secrets/token"],
          secret: true,
        }),
    })
    .transform(({ file }): SecretReference => ({ kind: "file", path: file }));
  return z.union([fromEnvironment, fromFile]).meta({
    description,
    expects: "a reference to a secret, { env: NAME } or { file: PATH }",
    secret: true,
  });
}

/** The reference as users wrote it; safe to show. */
export function describeReference(reference: SecretReference): string {
  return reference.kind === "env" ? `{ env: ${reference.name} }` : `{ file: ${reference.path} }`;
}
