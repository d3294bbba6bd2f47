import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { holdKeyboard } from "./keyboard.ts";

class FakeInput extends EventEmitter {
  isTTY = true;
  raw = false;
  flowing = false;

  setRawMode(on: boolean): void {
    this.raw = on;
  }

  resume(): void {
    this.flowing = true;
  }

  pause(): void {
    this.flowing = false;
  }
}

test("Ctrl-C is heard each time, other keys do nothing, and the keyboard is given back", () => {
  const input = new FakeInput();
  let heard = 0;
  const release = holdKeyboard(input, () => (heard += 1));
  expect(input).toMatchObject({ raw: true, flowing: true });
  input.emit("data", Buffer.from("q\r"));
  input.emit("data", Buffer.from("\u0003"));
  input.emit("data", Buffer.from("x\u0003"));
  expect(heard).toBe(2);

  release();
  release();
  expect(input).toMatchObject({ raw: false, flowing: false });
  expect(input.listenerCount("data")).toBe(0);
});

test("without a terminal nothing is taken", () => {
  const input = new FakeInput();
  input.isTTY = false;
  holdKeyboard(input, () => undefined)();

  expect(input).toMatchObject({ raw: false, flowing: false });
});
