import { describe, expect, test } from "vitest";
import { ServiceLab } from "../../conformance/service-lab.ts";
import { inProcessFront } from "./in-process-front.ts";

describe("the in-process front", () => {
  test("an aborted poll rejects with the signal's reason, and its place is free at once", async () => {
    const lab = await ServiceLab.open();
    const client = await lab.connect("acme");
    const queue = await client.session(await client.scaleSet("linux"));
    const aborter = new AbortController();
    const polling = queue.poll({ signal: aborter.signal });
    expect(lab.model.parkedPollCount, "parked before send returns").toBe(1);
    aborter.abort(new Error("shut down"));
    expect(lab.model.parkedPollCount).toBe(0);
    await expect(polling).rejects.toThrow("shut down");
  });

  test("a request whose signal fired before takes no effect", async () => {
    const lab = await ServiceLab.open();
    const front = inProcessFront({ router: lab.gitHub.router });
    const signal = AbortSignal.abort(new Error("too late"));
    const request = { method: "POST", url: `${lab.url}/_drover/jobs`, headers: {}, body: '{"labels":["x"]}' };
    await expect(front.send(request, { signal })).rejects.toThrow("too late");
    expect([...lab.model.jobs.all()]).toEqual([]);
  });

  test("a connection that a fault breaks is an error of the caller's own kind", async () => {
    class TransportError extends Error {}
    const lab = await ServiceLab.open();
    const front = inProcessFront({
      router: lab.gitHub.router,
      connectionError: (message) => new TransportError(message),
    });
    lab.gitHub.faults.start({ fault: "resetConnection" });
    const request = { method: "GET", url: `${lab.url}/api/v3/repos/acme/widgets`, headers: {} };
    await expect(front.send(request, { signal: new AbortController().signal })).rejects.toBeInstanceOf(TransportError);
  });

  test("answers carry a reason phrase and lower-case header names, and settle without waiting for anything", async () => {
    const lab = await ServiceLab.open();
    const front = inProcessFront({ router: lab.gitHub.router });
    const request = {
      method: "GET",
      url: `${lab.url}/api/v3/repos/acme/widgets`,
      headers: { AUTHORIZATION: `Bearer ${lab.token}` },
    };
    let status: number | undefined;
    void front.send(request, { signal: new AbortController().signal }).then((response) => (status = response.status));
    await Promise.resolve();
    expect(status, "one microtask").toBe(200);
    const response = await front.send(request, { signal: new AbortController().signal });
    expect([response.statusText, response.headers["content-type"]]).toEqual(["OK", "application/json; charset=utf-8"]);
  });
});
