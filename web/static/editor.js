// Editing the draft: the server proves each version, and what nothing backs is marked on its words.

import { aboutOf, askJson } from "./api.js";
import { t } from "./words.js";

const PAUSE = 250; // milliseconds without a key before a version is proved

export class Editor {
  constructor(root, context) {
    this.root = root;
    this.context = context; // {conversation, id}
    this.box = root.querySelector("#editor");
    this.field = root.querySelector("#edit");
    this.mirror = root.querySelector(".mirror");
    this.list = root.querySelector("#warnings");
    this.letter = root.querySelector('[data-letter="agent"]');
    this.first = [...(this.list?.children ?? [])].map((item) => item.cloneNode(true));
    this.field?.addEventListener("input", () => this.changed());
  }

  get open() {
    return Boolean(this.box) && !this.box.hidden;
  }

  start(text) {
    if (!this.box) return;
    this.field.value = text;
    this.show(true);
    this.report([]);
    this.field.focus();
    this.field.setSelectionRange(0, 0);
    this.prove();
  }

  // Before the last paragraph, the closing.
  insert(text) {
    const { value } = this.field;
    const at = value.lastIndexOf("\n\n");
    const [before, after] = at < 0 ? [`${value}\n\n`, ""] : [value.slice(0, at + 2), value.slice(at + 2)];
    this.field.value = `${before}${text}${after && "\n\n"}${after}`;
    this.field.setSelectionRange(before.length, before.length + text.length);
    this.field.focus();
    this.changed();
  }

  stop() {
    this.show(false);
    this.list.replaceChildren(...this.first.map((item) => item.cloneNode(true)));
  }

  show(editing) {
    clearTimeout(this.timer);
    this.box.hidden = !editing;
    this.letter.hidden = editing;
    this.root.querySelector("#provenance").hidden = editing;
    this.root.querySelector('[data-action="reset"]').hidden = !editing;
    this.root.querySelector('[data-action="edit"]').setAttribute("aria-pressed", String(editing));
    this.root.querySelector("#open-gaps").hidden = editing;
    this.root.querySelector("#difference").hidden = true;
    const stale = this.root.querySelector("#stale");
    if (stale) stale.hidden = true;
  }

  changed() {
    this.mark([]);
    const stale = this.root.querySelector("#stale");
    if (stale) stale.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.prove(), PAUSE);
  }

  async prove() {
    const text = this.field.value;
    const body = { text, ...aboutOf(this.context.conversation), suggestion_id: this.context.id };
    try {
      const { warnings } = await askJson("POST", "/api/v1/checks", body);
      if (this.open && this.field.value === text) this.report(warnings);
    } catch (problem) {
      this.list.replaceChildren(entry("", t("This version could not be checked. %(why)s", { why: problem.message })));
    }
  }

  report(warnings) {
    this.mark(warnings);
    this.list.replaceChildren(...warnings.map((warning) => entry(warning.text, warning.advice)));
  }

  // Behind the field stands its text once more, so that marks can stand on its words.
  mark(warnings) {
    const text = [...this.field.value]; // offsets count characters, not halves of them
    const parts = [];
    let at = 0;
    for (const { start, end } of warnings) {
      if (start < at) continue;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(start, end).join("");
      parts.push(text.slice(at, start).join(""), mark);
      at = end;
    }
    this.mirror.replaceChildren(...parts, `${text.slice(at).join("")}\n`);
  }
}

function entry(words, advice) {
  const item = document.createElement("li");
  const quoted = document.createElement("b");
  quoted.textContent = words;
  item.append(quoted, words ? " " : "", advice);
  return item;
}
