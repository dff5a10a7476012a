import { beforeEach, describe, expect, it } from "vitest";
import { melody } from "../src/music/score";
import { EMPTY } from "../src/state/session";
import {
  begin, change, changeItem, changeTool, discard, future, goBack, itemById, makeItem, past, redo, rewrite, select, session, shelve, showTool, toolState, undo,
} from "../src/state/store";

const tune = melody([[0, 1, 60, 80]]);

beforeEach(() => begin(EMPTY));

describe("undo and redo", () => {
  it("bring every state back", () => {
    const seen = [session.value];
    for (const name of ["a", "b", "c"]) {
      shelve(`add ${name}`, [makeItem(name, tune)]);
      seen.push(session.value);
    }
    expect([undo(), undo(), undo(), undo()]).toEqual(["add c", "add b", "add a", null]);
    expect(session.value).toBe(seen[0]);
    expect([redo(), redo(), redo(), redo()]).toEqual(["add a", "add b", "add c", null]);
    expect(session.value).toBe(seen[3]);
  });

  it("take one drag together", () => {
    for (const amount of [0.1, 0.2, 0.3]) changeTool("amount", "sketch", { amount }, "drag 1");
    changeTool("amount", "sketch", { amount: 0.9 }, "drag 2");
    expect(past.value.length).toBe(2);
    undo();
    expect(toolState("sketch", { amount: 0 }).amount).toBe(0.3);
    undo();
    expect(toolState("sketch", { amount: 0 }).amount).toBe(0);
  });

  it("do not merge what was undone with what comes after", () => {
    changeTool("amount", "sketch", { amount: 0.1 }, "drag");
    undo();
    redo();
    changeTool("amount", "sketch", { amount: 0.2 }, "drag");
    undo();
    expect(toolState("sketch", { amount: 0 }).amount).toBe(0.1);
  });

  it("forget what was undone after a new change", () => {
    shelve("a", [makeItem("a", tune)]);
    undo();
    shelve("b", [makeItem("b", tune)]);
    expect(future.value).toEqual([]);
    expect(redo()).toBeNull();
  });

  it("leave a change that changes nothing out", () => {
    change("nothing", (now) => now);
    expect(past.value).toEqual([]);
  });

  it("go back over many steps and forward again", () => {
    for (const name of ["a", "b", "c", "d"]) shelve(name, [makeItem(name, tune)]);
    const last = session.value;
    expect(goBack(1)).toBe("b");
    expect(session.value.items.map((item) => item.name)).toEqual(["a"]);
    expect([redo(), redo(), redo(), redo()]).toEqual(["b", "c", "d", null]);
    expect(session.value).toBe(last);
  });

  it("keep no more than 200 steps", () => {
    for (let i = 0; i < 230; i += 1) changeTool("step", "sketch", { i });
    expect(past.value.length).toBe(200);
    while (undo());
    expect(toolState("sketch", { i: -1 }).i).toBe(29);
  });
});

describe("the shelf", () => {
  it("selects the neighbour of what is deleted, and undo brings it back", () => {
    const items = ["a", "b", "c"].map((name) => makeItem(name, tune));
    shelve("add", items);
    select(items[1]!.id);
    discard(items[1]!.id);
    expect(session.value.selected).toBe(items[2]!.id);
    undo();
    expect(itemById(items[1]!.id)).toBe(items[1]);
    expect(session.value.selected).toBe(items[1]!.id);
  });

  it("has no step for looking at something else", () => {
    shelve("add", ["a", "b"].map((name) => makeItem(name, tune)));
    select(session.value.items[1]!.id);
    showTool("palette");
    expect(past.value.length).toBe(1);
  });

  it("edits what was written by hand in place and everything else as a copy", () => {
    const file = makeItem("file", tune);
    shelve("add", [file]);
    const next = melody([[0, 1, 62, 80]]);
    const copy = rewrite(file, next);
    expect(copy).not.toBe(file.id);
    expect(itemById(file.id)?.score).toBe(tune);
    expect(itemById(copy)?.name).toBe("edited file");
    expect(rewrite(itemById(copy)!, tune)).toBe(copy);
    expect(session.value.items.length).toBe(2);
  });

  it("changes one item alone", () => {
    const items = ["a", "b"].map((name) => makeItem(name, tune));
    shelve("add", items);
    changeItem("star", items[0]!.id, { starred: true });
    expect(itemById(items[0]!.id)?.starred).toBe(true);
    expect(itemById(items[1]!.id)).toBe(items[1]);
  });
});
