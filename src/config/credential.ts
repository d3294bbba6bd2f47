import { z } from "zod";
import { secretReference } from "./secret-reference.ts";

const tokenCredential = z
  .strictObject({
    token: secretReference("A personal access token that may register runners at the scopes of its pools."),
  })
  .transform(({ token }) => ({ kind: "token" as const, token }));

const appCredential = z
  .strictObject({
    app: z
      .strictObject({
        clientId: z
          .string()
          .regex(/^[A-Za-z0-9._-]{1,64}$/)
          .meta({
            description: "The App's client ID (or its numeric App ID, as text).",
            expects: "the client ID of the GitHub App, or its App ID in quotes",
            examples: ["Iv23liExample"],
          }),
        privateKey: secretReference("The App's private key in PEM form."),
        installationId: z
          .int()
          .min(1)
          .optional()
          .meta({
            description: "The App's installation to use; found by the pool's scope when it is absent.",
            examples: [12345678],
          }),
      })
      .meta({ description: "A GitHub App installed at the scopes of its pools." }),
  })
  .transform(({ app }) => ({ kind: "app" as const, ...app }));

/** How Drover proves who it is: `{ token: ... }` or `{ app: ... }`. */
export const credential = z.union([tokenCredential, appCredential]).meta({
  description: "A way to prove who Drover is.",
  expects: "a credential, { token: ... } or { app: ... }",
});
export type Credential = z.output<typeof credential>;
