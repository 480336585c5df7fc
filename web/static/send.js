// Sending a reply: nothing open goes out, nothing doubtful unseen, and nothing past what has arrived meanwhile.

import { aboutOf, askJson } from "./api.js";
import { openGaps, textOf } from "./letter.js";
import { tell } from "./notify.js";
import { t, tn } from "./words.js";

export class Sender {
  // `seen` tells how many messages have arrived on the page, `gone` what to do once the reply is out.
  constructor(help, { seen, gone, behind }) {
    Object.assign(this, { help, seen, gone, behind, confirmed: "" });
  }

  // The customer's version where there is one, else the agent's.
  get whose() {
    return this.help.letter("customer") ? "customer" : "agent";
  }

  async send() {
    const { help } = this;
    const button = help.root?.querySelector('[data-action="send"]');
    if (!button || button.disabled || this.sending || this.stopped()) return;
    const text = help.text(this.whose);
    if ((await this.doubted(text)) || !button.isConnected || help.text(this.whose) !== text) return;
    button.disabled = this.sending = true;
    const path = `/api/v1/conversations/${encodeURIComponent(help.conversation.id)}`;
    try {
      if (button.dataset.way === "note") await this.postNote(path, text);
      else {
        await askJson("POST", `${path}/replies`, this.body(text));
        this.gone();
      }
    } catch (problem) {
      button.disabled = false;
      tell(problem.message, { seconds: 8 });
      if (problem.status === 409) this.behind();
    }
    this.sending = false;
  }

  // In a helpdesk the reply is put beside the conversation; the agent sends it from there.
  async postNote(path, text) {
    await askJson("POST", `${path}/note`, { text });
    this.help.root.querySelector('[data-action="send"]').disabled = false;
    tell(t("The note stands in the helpdesk. Tell below what became of it."));
  }

  // An edit of the agent's own says what became of the draft, a correction what became of the customer's version.
  body(text) {
    const { help, whose } = this;
    const told = { text, seen: this.seen(), suggestion_id: help.suggestion.id };
    if (whose === "customer" && !help.editor.open) return { ...told, item: "customer_draft", text_before: help.version.offered };
    return { ...told, item: "draft", text_before: textOf(help.letter("agent")), text_after: help.text("agent") };
  }

  // Whether something holds the reply back: told once, and where it is no gap, overruled by a second press.
  stopped() {
    const { help } = this;
    const stale = help.root.querySelector("#stale");
    if (this.whose === "customer" && stale && !stale.hidden && !help.version.corrected) {
      stale.querySelector("button").focus();
      tell(t("The customer's version doesn't hold your edits. Translate them, or correct it yourself."), { seconds: 6 });
      return true;
    }
    const letter = help.letter(this.whose);
    const gap = letter.hidden ? null : openGaps(letter)[0];
    if (gap) {
      gap.focus();
      tell(t("Not sent: %(value)s is still to be filled in.", { value: gap.placeholder }), { seconds: 6 });
      return true;
    }
    return false;
  }

  // What is doubtful is told once; pressed again for the same text, it is sent all the same.
  async doubted(text) {
    const doubts = [...(await this.unproven(text)), ...this.doubts(text)];
    const key = `${this.help.suggestion?.id} ${text} ${doubts.join(" ")}`;
    if (!doubts.length || this.confirmed === key) return false;
    this.confirmed = key;
    tell([...doubts, t("Send again to send it all the same.")].join(" "), { seconds: 10 });
    return true;
  }

  // The very words that go out are proven, also those that were written a moment ago.
  async unproven(text) {
    const { help } = this;
    if (help.editor.open) await help.editor.prove();
    if (this.whose === "agent" || text === help.version.offered) return [];
    try {
      const body = { text, ...aboutOf(help.conversation), suggestion_id: help.suggestion.id };
      const { warnings } = await askJson("POST", "/api/v1/checks", body);
      return warnings.map((warning) => `“${warning.text}”: ${warning.advice}`);
    } catch (problem) {
      return [t("The customer's version could not be checked. %(why)s", { why: problem.message })];
    }
  }

  doubts(text) {
    const { root } = this.help;
    const found = [];
    const warnings = root.querySelectorAll("#warnings li");
    if (warnings.length) found.push(tn("%(num)s warning is open.", "%(num)s warnings are open.", warnings.length));
    if (this.whose === "customer" && root.querySelector(".flags li")) found.push("The customer's version has a doubt.");
    if (/\[[^\]\n]{2,60}\]/.test(text)) found.push(t("Something in [brackets] is still to be filled in."));
    const notice = root.closest(".help").querySelector("#news:not([hidden]) p");
    if (notice) found.push(notice.textContent);
    return found;
  }
}
