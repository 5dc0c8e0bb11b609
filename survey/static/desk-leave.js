// Leaving the desk while something is not yet safe on the server: say so first. What waits stays on this machine under
// the person's own name; nobody else who logs in here sees, sends or wipes it.

import { $, text } from "./desk-view.js";

// `alarms`: raised and perhaps not sent yet.
export function guardLeaving(outbox, alarms, inCall) {
  let decided = false;
  const logout = document.querySelector(`form[action="${$("desk").dataset.logout}"]`);

  logout.addEventListener("submit", (event) => {
    outbox.pump();
    alarms.pump();
    const n = outbox.size + alarms.waiting().length;
    const open = [n > 0 ? text("leavingPending", { n }) : "", inCall() ? text("leavingCall") : ""];
    if (decided || open.every((line) => line === "")) return;
    event.preventDefault();
    $("leaving-why").textContent = open.join("");
    $("leaving-kept").hidden = n === 0;
    $("leaving").showModal();
  });
  $("leave-anyway").addEventListener("click", () => { decided = true; logout.requestSubmit(); });
  addEventListener("beforeunload", (event) => { if (outbox.size > 0 && !decided) event.preventDefault(); });
}
