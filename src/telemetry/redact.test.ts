import { expect, test } from "vitest";
import { redact } from "./redact.ts";

test.each([
  "runner linux-x64-k3m9-12 took the job",
  "see https://docs.github.com/en/rest/actions/self-hosted-runners?apiVersion=2022-11-28#about",
  "/var/lib/drover/work/linux-x64-k3m9-12/_work/widgets/widgets",
  "3f1b9e7c-52ab-4a2e-9a51-aa0b1f0d2c11",
  "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  "the bearer of news",
])("text without secrets stays as it is, apart from words after Bearer: %s", (text) => {
  expect(redact(text)).toBe(text.replace("bearer of", "bearer [redacted]"));
});

test("redacting twice changes nothing more", () => {
  const once = redact("Authorization: Bearer abc, token=ghp_aaaaaaaaaaaa https://u:p@host/x?sig=abc");

  expect(redact(once)).toBe(once);
  expect(once).toBe("Authorization: Bearer [redacted], token=[redacted] https://[redacted]@host/x?sig=[redacted]");
});
