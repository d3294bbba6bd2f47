import { describe, expect, test } from "vitest";
import { booting, busy, deadlines, ended, idle, minuteMs, startMs } from "../../../test/builders/runner.ts";
import { observeInstance, observeRegistration, registrationNeedsALook } from "./observe.ts";
import type { Runner } from "./runner.ts";

const look = (minutes: number) => ({
  beganAtMs: startMs + minutes * minuteMs,
  nowMs: startMs + minutes * minuteMs + 100,
  deadlines,
});

describe("a provider's complete list", () => {
  test("one missing entry is no death; two that lie apart are", () => {
    const once = observeInstance(idle("a"), undefined, look(1));
    expect(once.instance).toMatchObject({ kind: "live", misses: { count: 1 } });
    expect(observeInstance(once, undefined, look(1.1)).instance.kind).toBe("live");
    expect(observeInstance(once, undefined, look(2)).instance.kind).toBe("gone");
  });

  test("an entry that comes back clears the suspicion", () => {
    const missed = observeInstance(idle("a"), undefined, look(1));
    const listed = {
      installation: "acme",
      pool: "linux",
      runner: "a",
      launchedAtMs: startMs,
      phase: "running",
    } as const;
    expect(observeInstance(missed, listed, look(2)).instance).toMatchObject({ kind: "live", misses: { count: 0 } });
  });

  test("a list that began before the launch says nothing about it", () => {
    expect(observeInstance(booting("a"), undefined, look(-1)).instance).toMatchObject({ misses: { count: 0 } });
  });

  test("after an accepted stop, one complete list that began later is enough", () => {
    const stopped: Runner = idle("a", startMs, {
      ending: {
        reason: "surplus",
        sinceMs: startMs,
        forced: false,
        retryAtMs: startMs,
        failures: 0,
        stopAcceptedAtMs: startMs + minuteMs,
      },
    });
    expect(observeInstance(stopped, undefined, look(0.5)).instance.kind).toBe("live");
    expect(observeInstance(stopped, undefined, look(2)).instance.kind).toBe("gone");
  });

  test("an ended process never lives again, and is gone once a list lacks it", () => {
    const listed = {
      installation: "acme",
      pool: "linux",
      runner: "a",
      launchedAtMs: startMs,
      phase: "running",
    } as const;
    expect(observeInstance(ended("a"), listed, look(1)).instance.kind).toBe("ended");
    expect(observeInstance(ended("a"), undefined, look(1)).instance.kind).toBe("gone");
  });
});

describe("the registry's complete list", () => {
  const registration = (online: boolean) => ({ id: 1, runner: "a", online, busy: false });

  test("online and offline are noted with the moment of the change", () => {
    const online = observeRegistration(booting("a"), registration(true), look(1));
    expect(online.registration).toMatchObject({ kind: "online", sinceMs: startMs + minuteMs + 100 });
    expect(observeRegistration(online, registration(true), look(2))).toBe(online);
  });

  test("a busy flag shows a job whose start nobody told us of; that it is not set shows nothing", () => {
    const working = { ...registration(true), busy: true };
    expect(observeRegistration(idle("a"), working, look(1)).assignment).toMatchObject({
      kind: "running",
      witness: "registry",
    });
    const told = busy("a");
    expect(observeRegistration(told, registration(true), look(1)).assignment).toBe(told.assignment);
    expect(observeRegistration(told, working, look(1)).assignment).toBe(told.assignment);
  });

  test("F17 a missing entry is asked for by name after two lists, and never believed by itself", () => {
    const once = observeRegistration(idle("a"), undefined, look(1));
    expect(registrationNeedsALook(once, look(1).nowMs, deadlines)).toBe(false);
    const twice = observeRegistration(once, undefined, look(2));
    expect(twice.registration.kind).toBe("online");
    expect(registrationNeedsALook(twice, look(2).nowMs, deadlines)).toBe(true);
  });

  test("a list that began before the removal does not bring a registration back", () => {
    const gone = idle("a", startMs, { registration: { kind: "gone", sinceMs: startMs + 2 * minuteMs } });
    expect(observeRegistration(gone, registration(true), look(1)).registration.kind).toBe("gone");
    expect(observeRegistration(gone, registration(true), look(3)).registration.kind).toBe("online");
  });
});
