/** Words that only hold commands, with what their help says. */
export const groupSummaries: Readonly<Record<string, string>> = { config: "check, show or describe drover.yaml" };
