import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMasker } from "./masker.ts";

describe("masking", () => {
  test("every occurrence of a secret becomes three stars", () => {
    const masker = createMasker();
    masker.add("hunter2");

    expect(masker.mask("a hunter2, and hunter2hunter2!")).toBe("a ***, and ***!");
  });

  test("secrets that overlap or touch become one run of stars", () => {
    const masker = createMasker();
    masker.add("abcd");
    masker.add("cdef");

    expect(masker.mask("xabcdefx abcdabcd")).toBe("x***x ***");
  });

  test("each line of a secret of several lines is masked by itself", () => {
    const masker = createMasker();
    masker.add("-----BEGIN-----\r\nMIIEow\n-----END-----");

    expect(masker.mask("MIIEow")).toBe("***");
    expect(masker.mask("x -----END----- y")).toBe("x *** y");
  });

  test("a line of a secret is masked with the blanks around it and without", () => {
    const masker = createMasker();
    masker.add("{\n  key: 1\n}x");

    expect(masker.mask("[  key: 1] [key: 1]")).toBe("[***] [***]");
  });

  test("an empty or blank secret masks nothing", () => {
    const masker = createMasker();
    masker.add("");
    masker.add(" \n ");
    masker.addPattern("");

    expect(masker.mask("nothing to hide")).toBe("nothing to hide");
  });

  test("patterns are regular expressions, also those that match nothing at some place", () => {
    const masker = createMasker();
    masker.addPattern("tok_[0-9]+");
    masker.addPattern("x*");
    masker.addPattern("a\\.b\\-c");

    expect(masker.mask("tok_12 tok_ xx a.b-c")).toBe("*** tok_ *** ***");
  });

  test("a pattern that cannot be read is masked as it is written", () => {
    const masker = createMasker();
    masker.addPattern("(?i)secret[");

    expect(masker.mask("a (?i)secret[ b")).toBe("a *** b");
  });

  test.each([
    ["base64", (secret: string) => Buffer.from(secret).toString("base64").replace(/=+$/, "")],
    ["base64 inside a longer text", (secret: string) => Buffer.from(`u${secret}`).toString("base64").slice(4, 16)],
    ["a URL", encodeURIComponent],
    ["JSON", (secret: string) => JSON.stringify(secret).slice(1, -1)],
    ["XML", (secret: string) => secret.replace("<", "&lt;").replace('"', "&quot;")],
  ])("a secret printed as %s is masked too", (_form, write) => {
    const masker = createMasker();
    masker.add('pa<ss"word 42');

    expect(masker.mask(`[${write('pa<ss"word 42')}]`)).not.toContain(write('pa<ss"word 42'));
  });

  test("whatever the text and the secrets, no secret is left", () => {
    const secret = fc.string({ minLength: 1, unit: fc.constantFrom("a", "b", "c") });
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.string({ unit: fc.constantFrom("a", "b", "c", "d") }),
        (secrets, text) => {
          const masker = createMasker();
          for (const each of secrets) masker.add(each);
          const masked = masker.mask(text);
          for (const each of secrets) expect(masked).not.toContain(each);
        },
      ),
    );
  });
});
