/** Where the older clients find each service: identifier, resource name, path below the base. */
const locations: readonly (readonly [string, string, string])[] = [
  ["a8c47e17-4d56-4a56-92bb-de7ea7dc65be", "pools", "pools/{poolId}"],
  ["e298ef32-5878-4cab-993c-043836571f42", "agents", "pools/{poolId}/agents/{agentId}"],
  ["134e239e-2df3-4794-a6f6-24f1f19ec8dc", "sessions", "pools/{poolId}/sessions/{sessionId}"],
  ["c3a054f6-7a8a-49c0-944e-3a8e5d7adfd7", "messages", "pools/{poolId}/messages/{messageId}"],
  ["fc825784-c92a-4299-9221-998a02d1b54f", "jobrequests", "pools/{poolId}/jobrequests/{requestId}"],
  ["8cc1b02b-ae49-4516-b5ad-4f9b29967c30", "updates", "pools/{poolId}/agents/{agentId}/updates"],
  ["8ffcd551-079c-493a-9c02-54346299d144", "packages", "packages/{packageType}/{platform}/{version}"],
  ["13b5d709-74aa-470b-a8e9-bf9f3ded3f18", "refresh", "pools/{poolId}/agents/{agentId}/refresh"],
  ["25adab70-1379-4186-be8e-b643061ebe3a", "runmessage", "runmessage"],
  ["557624af-b29e-4c20-8ab0-0399d2204f3f", "events", "{plan}/events"],
  ["83597576-cc2c-453c-bea6-2882ae6a1653", "timelines", "{plan}/timelines/{timelineId}"],
  ["8893bc5b-35b2-4be7-83cb-99e683551db4", "records", "{plan}/timelines/{timelineId}/records"],
  ["858983e4-19bd-4c5e-864c-507b59b58b12", "feed", "{plan}/timelines/{timelineId}/records/{recordId}/feed"],
  ["46f5667d-263a-4684-91b1-dff7fdcf64e2", "logs", "{plan}/logs/{logId}"],
  [
    "7898f959-9cdf-4096-b29e-7f293031629e",
    "attachments",
    "{plan}/timelines/{timelineId}/records/{recordId}/attachments/{type}/{name}",
  ],
  ["27d7f831-88c1-4719-8ca1-6a061dad90eb", "actiondownloadinfo", "{plan}/actiondownloadinfo"],
];

const planPath = "hubs/{hubName}/{scopeIdentifier}/plans/{planId}";

/**
 * The answer to `connectionData`. Every identifier is listed although the simulator serves few of them: one runner asks for
 * them all and ends when one is missing.
 */
export const connectionData: unknown = {
  instanceId: "5f1f6a3e-3a55-4f0e-9d7d-0c6f5f1f7a10",
  locationServiceData: {
    serviceDefinitions: locations.map(([identifier, displayName, path]) => ({
      serviceType: "distributedtask",
      identifier,
      displayName,
      relativeToSetting: "fullyQualified",
      relativePath: `_apis/distributedtask/${path.replace("{plan}", planPath)}`,
      description: "",
      serviceOwner: "00000000-0000-0000-0000-000000000000",
      resourceVersion: 6,
      minVersion: "1.0",
      maxVersion: "12.0",
      releasedVersion: "0.0",
    })),
  },
};
