import { describe, expect, test } from "vitest";
import { startSimulator } from "./start-simulator.ts";

describe("a simulator listens on loopback only", () => {
  test.each(["127.0.0.1:0", "127.1.2.3:0", "localhost:0", "[::1]:0"])("%s is taken", async (listen) => {
    const simulator = await startSimulator({ listen });
    await simulator.close();

    expect(simulator.url).toMatch(/^http:\/\/.*:[1-9]\d*$/);
  });

  test.each([
    "0.0.0.0:0",
    "example.com:4000",
    "127.0.0.1.example.com:4000",
    "127.999.0.1:4000",
    "127.1:4000",
    "::1:4000",
  ])("%s is refused, and why", async (listen) => {
    await expect(startSimulator({ listen })).rejects.toThrow(/loopback addresses only. Use 127\.0\.0\.1:4000/);
  });

  test.each(["4000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:http", "127.0.0.1:-1", "[::1]", ""])(
    "%s has no port, and that is what the refusal says",
    async (listen) => {
      await expect(startSimulator({ listen })).rejects.toThrow(/a port from 0 to 65535\. Use 127\.0\.0\.1:4000/);
    },
  );
});
