import { fileURLToPath } from "node:url";

/** The pushed project. From `src/cli/demo` and from `dist/cli/demo` alike the sources are three folders up: the package has both. */
export const sampleFolder = fileURLToPath(new URL("../../../src/cli/demo/sample/", import.meta.url));

export const sampleRepository = "acme/widgets";

/** The two jobs of the sample whose bad ends are the point. Names as GitHub shows them. */
export const failsOnPurpose = "regression (fails on purpose)";
export const cancelledOnPurpose = "soak (cancelled while it runs)";

/** The pools that the sample's `runs-on` asks for. */
export const samplePools = [
  { name: "linux", max: 6 },
  { name: "large", max: 2 },
] as const;
